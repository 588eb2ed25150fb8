import { lookup } from 'node:dns/promises';
import { DeadlineError, withDeadline } from '#foundation';
import type { Clock, Timers } from '#foundation';
import type { NameAnswer, NameService, NaptrRecord, SrvRecord } from '#protocol/sip';
import { AnswerCache } from './answer-cache.ts';
import { NameServers } from './name-servers.ts';

/** How long the system may take, in milliseconds. */
const SYSTEM_MS = 3000;

const NOTHING = { records: [], hasFailed: false };

/** Asks the system for all addresses of a name; rejects when there are none. */
export type SystemLookup = (name: string) => Promise<readonly string[]>;

/** What the name service works with. */
export interface DnsNamesOptions {
  /** `address` or `address:port`, IPv6 in brackets with a port. Default: the system's. */
  readonly servers?: readonly string[] | undefined;
  /** Default: `getaddrinfo`, which reads the hosts file. */
  readonly system?: SystemLookup | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
}

/**
 * The names of the DNS and of the hosts file, remembered for as long as they may be. Names that by RFC 6761 are never
 * in the DNS are not asked for.
 */
export class DnsNames implements NameService {
  readonly #servers: NameServers;
  readonly #naptr: AnswerCache<NaptrRecord>;
  readonly #srv: AnswerCache<SrvRecord>;
  readonly #addresses: Readonly<Record<4 | 6, AnswerCache<string>>>;
  readonly #system: AnswerCache<string>;

  constructor(options: DnsNamesOptions) {
    const { clock, timers, system = askSystem } = options;
    const servers = new NameServers(options);
    this.#servers = servers;
    this.#naptr = new AnswerCache(clock, (name) => servers.naptr(name));
    this.#srv = new AnswerCache(clock, (name) => servers.srv(name));
    this.#addresses = {
      4: new AnswerCache(clock, (name) => servers.addresses(name, 4)),
      6: new AnswerCache(clock, (name) => servers.addresses(name, 6)),
    };
    this.#system = new AnswerCache(clock, (name) => fromSystem(system(name), name, timers));
  }

  /** Questions that wait for their answer. */
  get waitingCount(): number {
    const caches = [this.#naptr, this.#srv, this.#addresses[4], this.#addresses[6], this.#system];
    return caches.reduce((sum, { waitingCount }) => sum + waitingCount, 0);
  }

  async naptr(name: string): Promise<NameAnswer<NaptrRecord>> {
    const key = plainName(name);
    return isSpecial(key) ? NOTHING : await this.#naptr.get(key);
  }

  async srv(name: string): Promise<NameAnswer<SrvRecord>> {
    const key = plainName(name);
    return isSpecial(key) ? NOTHING : await this.#srv.get(key);
  }

  async addresses(name: string, family: 4 | 6): Promise<NameAnswer<string>> {
    const key = plainName(name);
    if (isLoopback(key)) return { ...NOTHING, records: [family === 4 ? '127.0.0.1' : '::1'] };
    return isSpecial(key) ? NOTHING : await this.#addresses[family].get(key);
  }

  async fromSystem(name: string): Promise<NameAnswer<string>> {
    const key = plainName(name);
    return isSpecial(key) ? NOTHING : await this.#system.get(key);
  }

  /** Ends all questions to name servers; they fail. */
  cancel(): void {
    this.#servers.cancel();
  }
}

const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

const isLoopback = (name: string): boolean => /(?:^|\.)localhost$/.test(name);

const isSpecial = (name: string): boolean => isLoopback(name) || /(?:^|\.)invalid$/.test(name);

async function askSystem(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
}

async function fromSystem(
  asked: Promise<readonly string[]>,
  name: string,
  timers: Timers,
): Promise<NameAnswer<string>> {
  try {
    return { records: await withDeadline(timers, SYSTEM_MS, name, asked), hasFailed: false };
  } catch (error) {
    // Whatever the system says, it knows no address; only its silence may change.
    return { records: [], hasFailed: error instanceof DeadlineError };
  }
}
