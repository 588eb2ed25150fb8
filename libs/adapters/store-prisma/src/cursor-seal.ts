import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CursorSeal } from '#domain';

/** Enough that nobody hits upon one. */
const MAC_BYTES = 12;
/** Longer than any place. */
const TEXT_LIMIT = 500;

/** Seals places with a key that all processes of an installation share, and that stays when the secret key changes. */
export class HmacCursorSeal implements CursorSeal {
  /** @param key Where it is: it is not there before the store has started. */
  constructor(private readonly key: { readonly key: Buffer }) {}

  seal(list: string, place: string): string {
    return Buffer.concat([this.#mac(list, place), Buffer.from(place)]).toString('base64url');
  }

  open(list: string, text: string): string | null {
    if (text.length > TEXT_LIMIT || !/^[\w-]+$/.test(text)) return null;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== text) return null;
    const place = bytes.subarray(MAC_BYTES).toString();
    const isOurs = timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#mac(list, place));
    return isOurs ? place : null;
  }

  #mac(list: string, place: string): Buffer {
    const content = JSON.stringify(['cursor', list, place]);
    return createHmac('sha256', this.key.key).update(content).digest().subarray(0, MAC_BYTES);
  }
}
