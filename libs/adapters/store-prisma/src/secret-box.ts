import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { Fault } from '#domain';
import type { RandomSource, Secret } from '#foundation';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** Where a sealed secret lies; it can be opened nowhere else. */
export interface SealPlace {
  readonly table: string;
  readonly rowId: string;
  readonly field: string;
}

const nameOf = (place: SealPlace): Buffer =>
  Buffer.from(`${place.table}|${place.rowId}|${place.field}`, 'utf8');

/**
 * Seals secrets at rest with AES-256-GCM, each bound to its row and column.
 *
 *     key id (1) | nonce (12) | tag (16) | ciphertext
 *
 * The key id is the first byte of the key's SHA-256, so that another key is recognised as such.
 * Nonces are random: a key may seal 2^32 secrets (NIST SP 800-38D section 8.3).
 */
export class SecretBox {
  readonly #key: Buffer;
  readonly #keyId: number;

  constructor(
    key: Buffer,
    private readonly random: RandomSource,
  ) {
    this.#key = key;
    this.#keyId = createHash('sha256').update(key).digest().readUInt8(0);
  }

  seal(secret: Secret, place: SealPlace): Buffer {
    const nonce = this.random.bytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(nameOf(place));
    const body = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(this.#keyId), nonce, cipher.getAuthTag(), body]);
  }

  /**
   * Opens what was sealed for that place.
   * @returns The text; the caller wraps it into a Secret.
   * @throws Fault CONFIG_INVALID when it was sealed with another key, INTERNAL when it was changed or moved.
   */
  open(sealed: Buffer, place: SealPlace): string {
    const where = `${place.table}.${place.field} of ${place.rowId}`;
    if (sealed.length >= HEAD_BYTES && sealed[0] !== this.#keyId) {
      throw new Fault('CONFIG_INVALID', { detail: `${where} was sealed with another secret key.` });
    }
    try {
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(nameOf(place))
        .setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES));
      const body = sealed.subarray(HEAD_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new Fault('INTERNAL', { detail: `The seal of ${where} is broken.`, cause });
    }
  }
}
