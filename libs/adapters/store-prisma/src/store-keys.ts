import { hkdfSync } from 'node:crypto';
import { Fault } from '#domain';
import type { Secret } from '#foundation';

const KEY_BYTES = 32;

/** The keys of the store, one for each purpose, derived from one secret key (RFC 5869). */
export interface StoreKeys {
  readonly seal: Buffer;
  readonly targetHash: Buffer;
}

/**
 * Derives the keys.
 * @param secretKey 32 bytes in base64.
 * @throws Fault CONFIG_INVALID when it is anything else.
 */
export function deriveKeys(secretKey: Secret): StoreKeys {
  const master = Buffer.from(secretKey.reveal(), 'base64');
  if (master.length !== KEY_BYTES) {
    throw new Fault('CONFIG_INVALID', { detail: 'The secret key must be 32 bytes in base64.' });
  }
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, '', `callcast ${purpose}`, KEY_BYTES));
  return { seal: derive('seal'), targetHash: derive('target hash') };
}
