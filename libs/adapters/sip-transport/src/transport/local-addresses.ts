import { advertisedFor } from '#contracts';
import { ipVersionOf } from './wire.ts';
import type { IpVersion } from './wire.ts';

/** What the addresses are made from. */
export interface LocalAddressesOptions {
  readonly host: string | readonly string[];
  readonly advertisedAddress?: string | readonly string[] | undefined;
}

const listOf = (value: string | readonly string[] = []): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** The addresses that SIP is spoken from, at most one of each IP version, and what peers are told of them. */
export class LocalAddresses {
  readonly hosts: readonly string[];
  readonly #advertised: ReadonlyMap<IpVersion, string>;

  /** @throws Error when two hosts have the same IP version, or no address to advertise is known for one. */
  constructor(options: LocalAddressesOptions) {
    this.hosts = listOf(options.host);
    const versions = new Set(this.hosts.map(ipVersionOf));
    if (this.hosts.length === 0 || versions.size < this.hosts.length) {
      throw new Error('one SIP address of each IP version can be had, and one at least is needed');
    }
    const given = listOf(options.advertisedAddress);
    this.#advertised = new Map(
      this.hosts.map((host) => [ipVersionOf(host), knownAddress(host, given)]),
    );
  }

  /** Address or name that peers of that IP version are told. */
  advertised(version: IpVersion): string {
    return this.#advertised.get(version) ?? '';
  }
}

function knownAddress(host: string, given: readonly string[]): string {
  const found = advertisedFor(host, given);
  if (found !== undefined) return found;
  throw new Error(`an advertised address is needed, because ${host} is no address to be called at`);
}
