import { invariant } from '#foundation';
import { DrachtioProtocolError } from './drachtio-protocol-error.ts';

const CR = 13;
const LF = 10;
const MAX_FIRST_LINE_BYTES = 8_192;
const MAX_FIELDS = 64;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** A payload taken apart: the fields of its first line and the SIP message below it. */
export interface Payload {
  readonly fields: readonly string[];
  /** Everything after the first CR LF; absent when the payload has only one line. */
  readonly sip?: Uint8Array;
}

function endOfFirstLine(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF) return at;
  }
  return bytes.length;
}

/**
 * Takes a payload apart. There is no escaping: a `|` always ends a field.
 *
 * @throws DrachtioProtocolError `firstLine` when it is too long, `fields` when there are too many.
 */
export function parsePayload(bytes: Uint8Array): Payload {
  const end = endOfFirstLine(bytes);
  if (end > MAX_FIRST_LINE_BYTES) {
    throw new DrachtioProtocolError('firstLine', `a first line of ${end} bytes`);
  }
  const fields = decoder.decode(bytes.subarray(0, end)).split('|');
  if (fields.length > MAX_FIELDS) {
    throw new DrachtioProtocolError('fields', `${fields.length} fields`);
  }
  return end === bytes.length ? { fields } : { fields, sip: bytes.slice(end + 2) };
}

/** Puts a payload together. A separator inside a field would shift all others: that is our bug. */
export function buildPayload({ fields, sip }: Payload): Uint8Array {
  for (const field of fields) invariant(!/[|\r\n]/.test(field), 'a field holds no separator');
  const line = fields.join('|');
  if (sip === undefined) return encoder.encode(line);
  const head = encoder.encode(`${line}\r\n`);
  const bytes = new Uint8Array(head.length + sip.length);
  bytes.set(head);
  bytes.set(sip, head.length);
  return bytes;
}
