import { Secret } from '#foundation';
import type { RandomSource } from '#foundation';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 16;
const SECRET_LENGTH = 32;
/** 2^32 needs six digits of base 62. */
const CHECKSUM_LENGTH = 6;
const BITS = 8;
/** Reflected polynomial of CRC-32 (ISO-HDLC, RFC 1952 section 8). */
const POLYNOMIAL = 0xed_b8_83_20;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < BITS; bit++) {
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/** CRC-32 of an ASCII text (RFC 1952 section 8), from 0 to 2^32 - 1. */
export function crc32(text: string): number {
  let remainder = 0xff_ff_ff_ff;
  for (const character of text) {
    const byte = character.charCodeAt(0) & 0xff;
    remainder = (remainder >>> BITS) ^ (CRC_TABLE[(remainder ^ byte) & 0xff] ?? 0);
  }
  return (remainder ^ 0xff_ff_ff_ff) >>> 0;
}

/** CRC-32 in base 62, six digits. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = (ALPHABET[rest % ALPHABET.length] ?? '') + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

const word = (random: RandomSource, length: number): string =>
  Array.from({ length }, () => ALPHABET[random.below(ALPHABET.length)] ?? '').join('');

/**
 * Makes an API key: `cc_`, 16 characters that name it, `_`, 32 secret ones (190 bits), and as a checksum six digits of base 62,
 * the CRC-32 of all before them: a typing error shows without asking, and scanners of sources find keys without a
 * false alarm.
 */
export function newApiKey(random: RandomSource): { readonly id: string; readonly key: Secret } {
  const id = word(random, ID_LENGTH);
  const body = `cc_${id}_${word(random, SECRET_LENGTH)}`;
  return { id, key: new Secret(`${body}${checksumOf(body)}`) };
}

const SHAPE = /^(cc_([0-9A-Za-z]{16})_[0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

/** The id within a key; undefined when it is none: of another shape, or with a checksum that does not fit. */
export function apiKeyId(presented: string): string | undefined {
  const [, body, id, checksum] = SHAPE.exec(presented) ?? [];
  return body !== undefined && checksumOf(body) === checksum ? id : undefined;
}

/** Whether a text has the shape of a key's id. */
export const isApiKeyId = (text: string): boolean => /^[0-9A-Za-z]{16}$/.test(text);
