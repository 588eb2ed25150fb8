import { createCipheriv } from 'node:crypto';
import { invariant } from '#foundation';

/** The cipher and the length of the tags of RTP (RFC 4568 section 6.2); those of RTCP have 80 bits in either. */
export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32';

/** What one direction of a session is protected with. */
export interface SrtpKey {
  readonly suite: SrtpSuite;
  /** The master key, 16 bytes, and the master salt, 14 bytes; never to be used for two sessions. */
  readonly keySalt: Uint8Array;
}

/** Bytes of master key and master salt together. */
export const SRTP_KEY_BYTES = 30;

const CIPHER_KEY_BYTES = 16;
const SALT_BYTES = 14;
const AUTH_KEY_BYTES = 20;
/** Where a label stands in the salt (RFC 3711 section 4.3.1, with a key derivation rate of 0). */
const LABEL_AT = 7;

/** Three keys that are used on packets. */
export interface SessionKeys {
  readonly cipherKey: Uint8Array;
  readonly salt: Uint8Array;
  readonly authKey: Uint8Array;
}

/** The first label of RTP and of RTCP; those of tag and salt follow it. */
const FIRST_LABEL = { rtp: 0, rtcp: 3 } as const;

/** Derives the keys of RTP or RTCP from the master key (RFC 3711 section 4.3). */
export function deriveSessionKeys(keySalt: Uint8Array, kind: 'rtp' | 'rtcp'): SessionKeys {
  invariant(keySalt.length === SRTP_KEY_BYTES, 'a master key with its salt has 30 bytes');
  const masterKey = keySalt.subarray(0, CIPHER_KEY_BYTES);
  const derive = (label: number, size: number): Uint8Array => {
    const block = new Uint8Array(16);
    block.set(keySalt.subarray(CIPHER_KEY_BYTES));
    block[LABEL_AT] = (block[LABEL_AT] ?? 0) ^ label;
    return createCipheriv('aes-128-ctr', masterKey, block).update(new Uint8Array(size));
  };
  const first = FIRST_LABEL[kind];
  return {
    cipherKey: derive(first, CIPHER_KEY_BYTES),
    authKey: derive(first + 1, AUTH_KEY_BYTES),
    salt: derive(first + 2, SALT_BYTES),
  };
}

/** Bytes of the tag behind a packet. */
export const tagBytesOf = (suite: SrtpSuite, kind: 'rtp' | 'rtcp'): number =>
  kind === 'rtp' && suite === 'AES_CM_128_HMAC_SHA1_32' ? 4 : 10;
