import { catalogEntry } from './catalog.ts';
import type { CatalogEntry, ErrorCode } from './catalog.ts';

/** Options of a Fault. */
export interface FaultOptions {
  /** What was seen, for people: at most 300 characters, without secrets. */
  readonly detail?: string;
  /** The foreign error it was made from. */
  readonly cause?: unknown;
  /** When the same may be asked again, in whole seconds, where that is known. */
  readonly retryAfterSeconds?: number;
  /** Of the final response of a SIP peer, where it is one. */
  readonly sipStatus?: number | undefined;
}

const DETAIL_LIMIT = 300;
/** Foreign texts may hold what no database takes: controls, and the halves of a character that was cut in two. */
const UNSTORABLE = /[\p{Cc}\p{Surrogate}]/gu;

/** The world misbehaved, in a way the catalog knows. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;
  readonly sipStatus: number | undefined;

  constructor(code: ErrorCode, options: FaultOptions = {}) {
    const text = options.detail ?? catalogEntry(code).summary;
    const detail = text.slice(0, DETAIL_LIMIT).replace(UNSTORABLE, ' ');
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.sipStatus = options.sipStatus;
  }

  /** The row of the catalog. */
  get entry(): CatalogEntry {
    return catalogEntry(this.code);
  }
}
