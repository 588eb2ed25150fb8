import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { failureOfSocketError, RtmpFailure } from '../rtmp-failure.ts';

/** An address of a name. */
interface Address {
  readonly address: string;
  readonly family: number;
}

/** Finds the addresses of a name; `dns.lookup` is one. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly Address[]) => void,
) => void;

/** More addresses of one name are not tried. */
const MAX_ADDRESSES = 8;
/** A host that no rule of addresses can make good is refused for good; a name may lead elsewhere tomorrow. */
type Found = (result: readonly string[] | RtmpFailure) => void;

/** What a target is looked up with. */
export interface ResolveOptions {
  readonly host: string;
  readonly lookup?: Lookup | undefined;
  readonly checkAddress?: ((address: string) => string | undefined) | undefined;
}

/**
 * Finds the addresses to dial, in the order in which to try them: as the resolver gave them, IP versions in turn
 * (RFC 8305 section 4). All of them are judged before any is dialled, so that a name cannot lead into a network that
 * its address could not.
 */
export function resolveTarget(options: ResolveOptions, found: Found): void {
  const { host, lookup = systemLookup, checkAddress } = options;
  if (isIP(host) !== 0) {
    const refusal = checkAddress?.(host);
    if (refusal === undefined) found([host]);
    else found(new RtmpFailure('RTMP_REFUSED', `the address of the server ${refusal}`));
    return;
  }
  lookup(host, { all: true }, (error, addresses) => {
    if (error !== null) {
      found(failureOfSocketError(error, false));
      return;
    }
    const all = addresses.map(({ address }) => address).filter((address) => isIP(address) !== 0);
    const refusal = all.map((address) => checkAddress?.(address)).find((why) => why !== undefined);
    if (refusal !== undefined) {
      const what = `an address that the host name leads to ${refusal}`;
      found(new RtmpFailure('RTMP_UNREACHABLE', what));
    } else if (all.length === 0) {
      found(new RtmpFailure('RTMP_UNREACHABLE', 'the host name has no address'));
    } else found(inTurn(all).slice(0, MAX_ADDRESSES));
  });
}

/** The IP versions take turns, beginning with that of the first address. */
function inTurn(addresses: readonly string[]): string[] {
  const [first = ''] = addresses;
  const preferred = addresses.filter((address) => isIP(address) === isIP(first));
  const others = addresses.filter((address) => isIP(address) !== isIP(first));
  const longer = Math.max(preferred.length, others.length);
  return Array.from({ length: longer }, (_, index) => [preferred[index], others[index]])
    .flat()
    .filter((address) => address !== undefined);
}
