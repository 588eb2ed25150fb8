import type { RtpPortPool } from '#adapters/udp-node';
import type { CallSpec } from '#domain';
import { invariant } from '#foundation';

/** Where media is received, and how peers are told. */
export interface MediaNetwork {
  /** Goes into SDP. */
  readonly address: string;
  readonly ports: RtpPortPool;
}

const isIpv6 = (address: string): boolean => address.includes(':');

/** The IP version of an address of ours. */
export const familyOf = (address: string): 4 | 6 => (isIpv6(address) ? 6 : 4);

/** The network for a peer that is called at an address; for a name the first, whatever addresses the name has. */
export function networkFor(spec: CallSpec, networks: readonly MediaNetwork[]): MediaNetwork {
  const nextHop = spec.outboundProxy ?? spec.to;
  const host = /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[\d.]+(?=[:;?]|$))/i.exec(nextHop)?.[1];
  const fitting = networks.find(
    ({ address }) => host !== undefined && isIpv6(address) === isIpv6(host),
  );
  const network = fitting ?? networks[0];
  invariant(network !== undefined, 'media has an address');
  return network;
}
