import type { NameAnswer, NameService, NaptrRecord, SrvRecord } from '#protocol/sip';

/** What names stand for. A name that is not listed does not exist. */
export interface ScriptedZone {
  readonly naptr?: Readonly<Record<string, readonly NaptrRecord[]>>;
  readonly srv?: Readonly<Record<string, readonly SrvRecord[]>>;
  readonly a?: Readonly<Record<string, readonly string[]>>;
  readonly aaaa?: Readonly<Record<string, readonly string[]>>;
  /** The hosts file. */
  readonly system?: Readonly<Record<string, readonly string[]>>;
  /** Questions that the name servers do not answer, as `SRV _sip._udp.example.com`. */
  readonly failing?: readonly string[];
}

/** A name service that knows one zone, and remembers what it was asked. */
export class ScriptedNames implements NameService {
  /** As `SRV _sip._udp.example.com`, in order. */
  readonly asked: string[] = [];
  readonly #zone: ScriptedZone;

  constructor(zone: ScriptedZone) {
    this.#zone = zone;
  }

  naptr(name: string): Promise<NameAnswer<NaptrRecord>> {
    return this.#answer(`NAPTR ${name}`, this.#zone.naptr?.[name]);
  }

  srv(name: string): Promise<NameAnswer<SrvRecord>> {
    return this.#answer(`SRV ${name}`, this.#zone.srv?.[name]);
  }

  addresses(name: string, family: 4 | 6): Promise<NameAnswer<string>> {
    const { a, aaaa } = this.#zone;
    if (family === 4) return this.#answer(`A ${name}`, a?.[name]);
    return this.#answer(`AAAA ${name}`, aaaa?.[name]);
  }

  fromSystem(name: string): Promise<NameAnswer<string>> {
    return this.#answer(`system ${name}`, this.#zone.system?.[name]);
  }

  #answer<T>(question: string, records: readonly T[] = []): Promise<NameAnswer<T>> {
    this.asked.push(question);
    const hasFailed = this.#zone.failing?.includes(question) === true;
    return Promise.resolve({ records: hasFailed ? [] : records, hasFailed });
  }
}
