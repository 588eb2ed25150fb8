import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { NodeId } from '#domain';
import type { Clock, Secret } from '#foundation';

/** What one token allows: one method and path, at one node. */
export interface ChannelRequest {
  readonly node: NodeId;
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/** The secret key of a Callcast, 32 bytes in base64, and others that are understood too. */
export interface ChannelSecrets {
  readonly secretKey: Secret;
  readonly otherSecretKeys?: readonly Secret[];
}

/** What is made from one secret key. */
interface KeyPair {
  readonly sign: Buffer;
  readonly seal: Buffer;
}

/** A token is made for the request it is sent with. */
const LIFE_SECONDS = 30;
/** Clocks of two machines may differ by so much. */
const SKEW_SECONDS = 30;
const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SHAPE = /^Bearer (\d{10,11})\.([A-Za-z0-9_-]{43})$/;

function pairOf(secretKey: Secret): KeyPair {
  const master = Buffer.from(secretKey.reveal(), 'base64');
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, '', purpose, KEY_BYTES));
  return { sign: derive('callcast internal http'), seal: derive('callcast internal bodies') };
}

/**
 * Makes and checks the tokens of the requests between the processes of one Callcast: HMAC-SHA-256 over node, method,
 * path and expiry; and seals the bodies of requests, which may hold secrets, by AES-256-GCM for that node and path. Both
 * keys are derived from the secret key they share (RFC 5869). While that is being changed, the processes that have the one
 * and those that have the other understand each other if each knows both.
 */
export class ChannelKey {
  readonly #own: KeyPair;
  readonly #known: readonly KeyPair[];
  readonly #clock: Clock;

  constructor({ secretKey, otherSecretKeys = [] }: ChannelSecrets, clock: Clock) {
    this.#own = pairOf(secretKey);
    this.#known = [this.#own, ...otherSecretKeys.map(pairOf)];
    this.#clock = clock;
  }

  /** The `Authorization` header of a request. */
  authorize(request: ChannelRequest): string {
    const expiry = this.#nowSeconds() + LIFE_SECONDS;
    return `Bearer ${expiry}.${this.#sign(this.#own, request, expiry).toString('base64url')}`;
  }

  /** Whether the header allows the request now. */
  allows(request: ChannelRequest, header: string | undefined): boolean {
    const [, digits, given] = SHAPE.exec(header ?? '') ?? [];
    if (digits === undefined || given === undefined) return false;
    const expiry = Number(digits);
    const left = expiry - this.#nowSeconds();
    const isNow = left >= -SKEW_SECONDS && left <= LIFE_SECONDS + SKEW_SECONDS;
    // 43 characters of base64url are 32 bytes.
    const signature = Buffer.from(given, 'base64url');
    const isSignedBy = (pair: KeyPair): boolean =>
      timingSafeEqual(signature, this.#sign(pair, request, expiry));
    return isNow && this.#known.some(isSignedBy);
  }

  /** A body that only the node can read: nonce, tag, ciphertext. */
  seal(request: ChannelRequest, text: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#own.seal, nonce).setAAD(nameOf(request));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  /** The text of a body; undefined when it was not sealed for this request, or was changed. */
  open(request: ChannelRequest, sealed: Buffer): string | undefined {
    for (const { seal } of this.#known) {
      const text = openWith(seal, request, sealed);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  #sign({ sign }: KeyPair, { node, method, path }: ChannelRequest, expiry: number): Buffer {
    const text = [node, method, path, expiry].join('\n');
    return createHmac('sha256', sign).update(text).digest();
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.wallMs() / 1000);
  }
}

function openWith(key: Buffer, request: ChannelRequest, sealed: Buffer): string | undefined {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  if (tag.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(nameOf(request))
    .setAuthTag(tag);
  try {
    const body = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const nameOf = ({ node, method, path }: ChannelRequest): Buffer =>
  Buffer.from([node, method, path].join('\n'), 'utf8');
