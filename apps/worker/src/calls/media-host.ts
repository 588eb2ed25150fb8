import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Fault } from '#domain';
import { withDeadline } from '#foundation';
import type { Timers } from '#foundation';
import { kindOfAddress } from '#protocol/sdp';

/** Finds the address that a host name of SDP stands for. @throws Fault SDP_INVALID when there is none to send to. */
export type ResolveMediaHost = (name: string, family: 4 | 6) => Promise<string>;

/** Asks the system for an address of a name; rejects when there is none. */
type SystemLookup = (name: string, options: { family: 4 | 6 }) => Promise<{ address: string }>;

/** What looking up works with. */
export interface MediaHostOptions {
  readonly timers: Timers;
  /** Default: `getaddrinfo`, which reads the hosts file. */
  readonly system?: SystemLookup;
}

const LONGEST_MS = 3_000;

/** Whether SDP names a host where an address is usual (RFC 8866 section 9, `FQDN` of `unicast-address`). */
export const isHostName = (address: string): boolean => isIP(address) === 0;

/** Looks names up in the system, 3 s at most. A name must not lead to where no address of SDP may. */
export const mediaHosts =
  ({ timers, system = lookup }: MediaHostOptions): ResolveMediaHost =>
  async (name, family) => {
    const detail = `the host name ${name}, given as the media address, has no IPv${family} address that can be sent to`;
    const found = await withDeadline(
      timers,
      LONGEST_MS,
      'the look-up',
      system(name, { family }),
    ).catch((cause: unknown) => {
      throw new Fault('SDP_INVALID', { detail, cause });
    });
    if (kindOfAddress(found.address) !== 'usable') throw new Fault('SDP_INVALID', { detail });
    return found.address;
  };
