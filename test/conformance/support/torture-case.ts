import { readFileSync } from 'node:fs';
import type { SipParseError } from '#protocol/sip';

/** What a torture message has to be read as; only what is named is checked. */
export interface ReadAs {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly reason?: string;
  /** All lines of a header, top to bottom. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly bodyBytes: number;
}

/** A torture message and what has to become of it. */
export interface TortureCase {
  readonly rfc: 'rfc4475' | 'rfc5118';
  readonly section: string;
  /** The RFC's name, and the file's. */
  readonly name: string;
  /** Why it has to be refused, or what it has to be read as. */
  readonly outcome: { readonly refused: SipParseError['reason'] } | { readonly read: ReadAs };
  /** The status that a server without clients answers; `dropped`: no answer. What is refused is counted. */
  readonly answer: number | 'dropped';
  /** Why, where the RFC would also have something else. */
  readonly because?: string;
}

const FIXTURES = new URL('../../fixtures/', import.meta.url);

/** The octets of a message. */
export function tortureBytes({ rfc, name }: Pick<TortureCase, 'rfc' | 'name'>): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${rfc}/${name}.dat`, FIXTURES)));
}
