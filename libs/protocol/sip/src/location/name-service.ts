/** A NAPTR record (RFC 3403 section 4.1). */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** An SRV record (RFC 2782). */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** A host name; `.` (or nothing) when the service is decidedly not there. */
  readonly target: string;
}

/** What was answered to one question. */
export interface NameAnswer<T> {
  readonly records: readonly T[];
  /** Nobody answered, or only with an error: there may be records all the same. */
  readonly hasFailed: boolean;
}

/** Whom the locator asks about names. Never rejects; a name that does not exist has no records. */
export interface NameService {
  naptr(name: string): Promise<NameAnswer<NaptrRecord>>;
  srv(name: string): Promise<NameAnswer<SrvRecord>>;
  /** The A or AAAA records as address literals. */
  addresses(name: string, family: 4 | 6): Promise<NameAnswer<string>>;
  /** Addresses of both families that the machine itself knows: its hosts file. */
  fromSystem(name: string): Promise<NameAnswer<string>>;
}
