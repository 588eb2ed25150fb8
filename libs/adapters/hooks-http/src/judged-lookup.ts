import { lookup as systemLookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { HookTargets } from '#domain';

/** An address of a name. */
interface Address {
  readonly address: string;
  readonly family: number;
}

/** Finds all addresses of a name; rejects with what node:dns rejects with. */
export type FindAddresses = (hostname: string) => Promise<readonly Address[]>;

/** More addresses of one name are not tried. */
const MAX_ADDRESSES = 8;
/** Patience with one name server, and how many rounds there are. */
const SERVER_TIMEOUT_MS = 2_000;
const SERVER_ROUNDS = 2;

/** The host of a URL, or an address that it leads to, must not be called. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
}

/** As the machine resolves names: /etc/hosts, mDNS and whatever else it is told to ask. */
const findBySystem: FindAddresses = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    );
  });

/**
 * Asks name servers alone. The look-up of the system would hold one of the few threads of the process for as long as it
 * takes: names that a stranger makes up must not be able to do that.
 *
 * @param servers Default: those of the machine.
 */
export function findByNameServers(servers?: readonly string[]): FindAddresses {
  const resolver = new Resolver({ timeout: SERVER_TIMEOUT_MS, tries: SERVER_ROUNDS });
  if (servers !== undefined) resolver.setServers(servers);
  return async (hostname) => {
    const [ipv4, ipv6] = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw ipv4.reason;
    const found = (answer: typeof ipv4, family: number): Address[] =>
      answer.status === 'rejected' ? [] : answer.value.map((address) => ({ address, family }));
    return [...found(ipv4, 4), ...found(ipv6, 6)];
  };
}

const ownAddresses = (): Set<string> =>
  new Set(
    Object.values(networkInterfaces()).flatMap((entries) =>
      (entries ?? []).map(({ address }) => address),
    ),
  );

/** @throws RefusedAddressError when one of the addresses must not be called, though others might be. */
function judge(targets: HookTargets, hostname: string, addresses: readonly Address[]): void {
  const own = ownAddresses();
  for (const { address } of addresses) {
    const refusal = targets.refusalOfAddress(hostname, address, own.has(address));
    if (refusal !== undefined) {
      throw new RefusedAddressError(`an address that the host name leads to ${refusal}`);
    }
  }
}

/** @throws RefusedAddressError when the host of a URL is an address that must not be called: those are not looked up. */
export function judgeLiteral(targets: HookTargets, hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return;
  const refusal = targets.refusalOfAddress(hostname, address, ownAddresses().has(address));
  if (refusal !== undefined) throw new RefusedAddressError(`the host ${refusal}`);
}

/** What names are looked up with. */
export interface LookupOptions {
  readonly targets: HookTargets;
  /** For all names but those that the operator has named. Default: the machine's name servers. */
  readonly findAddresses?: FindAddresses | undefined;
}

/**
 * The look-up of a connection: finds all addresses of a name and judges every one of them. The connection goes to what
 * was judged, so that a name whose addresses change gains nothing.
 */
export function judgedLookup({
  targets,
  findAddresses = findByNameServers(),
}: LookupOptions): LookupFunction {
  return (hostname, options, callback) => {
    const find = targets.isNamed(hostname) ? findBySystem : findAddresses;
    find(hostname)
      .then((addresses) => {
        judge(targets, hostname, addresses);
        const [first] = addresses;
        if (first === undefined) throw Object.assign(new Error('no address'), { code: 'ENODATA' });
        return { first, all: addresses.slice(0, MAX_ADDRESSES).map((each) => ({ ...each })) };
      })
      .then(
        ({ first, all }) =>
          options.all === true ? callback(null, all) : callback(null, first.address, first.family),
        (error: unknown) => callback(error as NodeJS.ErrnoException, []),
      );
  };
}
