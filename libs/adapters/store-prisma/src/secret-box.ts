import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { Fault } from '#domain';
import type { RandomSource, Secret } from '#foundation';
import type { SealedColumn } from './sealed-columns.ts';

const CIPHER = 'aes-256-gcm';
const FORMAT = 2;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX_BYTES = 1 + KEY_ID_BYTES;
/** Of the first format, which the key's first byte stood before and which did not know whose row it was. */
const OLD_PREFIX_BYTES = 1;

/** Where a sealed secret lies; it can be opened nowhere else. */
export interface SealPlace {
  readonly column: SealedColumn;
  /** The app whose row it is. */
  readonly tenant: string;
  readonly rowId: string;
}

/** `tenant|table|row|field`, each so written that none of them can hold a bar. */
const contextOf = ({ column, tenant, rowId }: SealPlace): Buffer =>
  Buffer.from([tenant, column.table, rowId, column.field].map(encodeURIComponent).join('|'));

const oldContextOf = ({ column, rowId }: SealPlace): Buffer =>
  Buffer.from(`${column.table}|${rowId}|${column.field}`);

interface BoxKey {
  readonly key: Buffer;
  readonly prefix: Buffer;
  readonly oldPrefix: Buffer;
}

function boxKeyOf(key: Buffer): BoxKey {
  const id = createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES);
  return {
    key,
    prefix: Buffer.concat([Buffer.of(FORMAT), id]),
    oldPrefix: id.subarray(0, OLD_PREFIX_BYTES),
  };
}

/** The text, or undefined when it was not sealed by that key for that context, or was changed. */
function openWith(
  key: Buffer,
  rest: Buffer,
  { context }: { readonly context: Buffer },
): string | undefined {
  if (rest.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, rest.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(context)
    .setAuthTag(rest.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const body = decipher.update(rest.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const startsWith = (bytes: Buffer, prefix: Buffer): boolean =>
  bytes.subarray(0, prefix.length).equals(prefix);

/**
 * Seals secrets at rest with AES-256-GCM, each bound to its app, table, row and column.
 *
 *     format (1) = 2 | key id (4) | nonce (12) | tag (16) | ciphertext
 *
 * The key id is the start of the key's SHA-256, so that of several keys the right one is taken, and another is recognised
 * as such. Nonces are random: a key may seal 2^32 secrets (NIST SP 800-38D section 8.3).
 */
export class SecretBox {
  readonly #current: BoxKey;
  readonly #keys: readonly BoxKey[];

  /** @param keys The first seals, all open. */
  constructor(
    keys: readonly [Buffer, ...Buffer[]],
    private readonly random: RandomSource,
  ) {
    this.#current = boxKeyOf(keys[0]);
    this.#keys = keys.map(boxKeyOf);
  }

  /** What everything begins with that is sealed now; what begins otherwise is to be sealed again. */
  get currentPrefix(): Buffer {
    return this.#current.prefix;
  }

  seal(secret: Secret, place: SealPlace): Buffer {
    const { key, prefix } = this.#current;
    const nonce = this.random.bytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(contextOf(place));
    const body = cipher.update(secret.reveal(), 'utf8');
    // Of GCM nothing is left for the end.
    cipher.final();
    return Buffer.concat([prefix, nonce, cipher.getAuthTag(), body]);
  }

  /**
   * Opens what was sealed for that place.
   * @returns The text; the caller wraps it into a Secret.
   * @throws Fault CONFIG_INVALID when it was sealed with a key that is not here, INTERNAL when it was changed or moved.
   */
  open(sealed: Buffer, place: SealPlace): string {
    let isKeyKnown = false;
    for (const { key, prefix, oldPrefix } of this.#keys) {
      if (startsWith(sealed, prefix)) {
        isKeyKnown = true;
        const text = openWith(key, sealed.subarray(PREFIX_BYTES), { context: contextOf(place) });
        if (text !== undefined) return text;
      }
      // Either format may begin with any byte: which it is shows in whether it opens.
      if (startsWith(sealed, oldPrefix)) {
        isKeyKnown = true;
        const rest = sealed.subarray(OLD_PREFIX_BYTES);
        const text = openWith(key, rest, { context: oldContextOf(place) });
        if (text !== undefined) return text;
      }
    }
    const { table, column } = place.column;
    const where = `${table}.${column} of ${place.rowId}`;
    throw isKeyKnown || sealed.length < PREFIX_BYTES
      ? new Fault('INTERNAL', { detail: `The seal of ${where} is broken.` })
      : new Fault('CONFIG_INVALID', { detail: `${where} was sealed with another secret key.` });
  }
}
