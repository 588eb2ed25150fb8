import { ByteReader, ByteWriter } from '#foundation';
import type { NaptrRecord, SrvRecord } from '#protocol/sip';

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR' };
/** QR and RA of RFC 1035 section 4.1.1; the code of the outcome is added. */
const RESPONSE_FLAGS = 0x80_80;

/** Outcomes of RFC 1035 section 4.1.1. */
export const NO_ERROR = 0;
export const SERVER_FAILURE = 2;
export const NAME_ERROR = 3;

/** A question to a name server. */
export interface DnsQuestion {
  readonly id: number;
  /** `A`, `SRV` ...; a number for a type that we do not know. */
  readonly type: string;
  readonly name: string;
  /** The question as it came, to be repeated in the answer. */
  readonly bytes: Uint8Array;
}

/** Reads the one question of a message (RFC 1035 section 4.1). @throws OutOfBytesError when it is cut short. */
export function parseQuestion(message: Uint8Array): DnsQuestion {
  const reader = new ByteReader(message);
  const id = reader.u16();
  reader.bytes(10);
  const start = reader.offset;
  const labels: string[] = [];
  for (let size = reader.u8(); size > 0; size = reader.u8()) {
    labels.push(Buffer.from(reader.bytes(size)).toString('latin1'));
  }
  const number = reader.u16();
  reader.u16();
  const bytes = message.subarray(start, reader.offset);
  return { id, type: TYPES[number] ?? String(number), name: labels.join('.').toLowerCase(), bytes };
}

/** An answer with records of the type that was asked for (RFC 1035, 2782, 3403, 3596). */
export function buildAnswer(
  question: DnsQuestion,
  code: number,
  answer: { readonly records: readonly Uint8Array[]; readonly ttlSeconds: number },
): Uint8Array {
  const { records, ttlSeconds } = answer;
  const writer = new ByteWriter(512);
  writer.u16(question.id).u16(RESPONSE_FLAGS | code);
  writer.u16(1).u16(records.length).u16(0).u16(0);
  writer.bytes(question.bytes);
  const typeAndClass = question.bytes.subarray(-4);
  for (const record of records) {
    // A pointer to the name in the question, which begins behind the twelve bytes of the header.
    writer.u16(0xc0_0c).bytes(typeAndClass).u32(ttlSeconds);
    writer.u16(record.length).bytes(record);
  }
  return writer.finish();
}

/** The data of an SRV record. */
export function srvData({ priority, weight, port, target }: SrvRecord): Uint8Array {
  return new ByteWriter().u16(priority).u16(weight).u16(port).bytes(nameBytes(target)).finish();
}

/** The data of a NAPTR record. */
export function naptrData(record: NaptrRecord): Uint8Array {
  const writer = new ByteWriter().u16(record.order).u16(record.preference);
  for (const text of [record.flags, record.service, record.regexp]) {
    writer.u8(text.length).bytes(Buffer.from(text, 'latin1'));
  }
  return writer.bytes(nameBytes(record.replacement)).finish();
}

/** The data of an A or AAAA record. */
export function addressData(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.').map(Number));
  const [left = '', right] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [head, tail] = [groups(left), groups(right ?? '')];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const writer = new ByteWriter();
  for (const group of [...head, ...zeros, ...tail]) writer.u16(Number.parseInt(group, 16));
  return writer.finish();
}

function nameBytes(name: string): Uint8Array {
  const writer = new ByteWriter();
  for (const label of name.split('.').filter((part) => part !== '')) {
    writer.u8(label.length).bytes(Buffer.from(label, 'latin1'));
  }
  return writer.u8(0).finish();
}
