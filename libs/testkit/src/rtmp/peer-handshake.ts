import { createHmac } from 'node:crypto';

/**
 * What S0, S1 and S2 a server gives: zeros and an echo; a digest in S1 and a signed S2, as Flash Media Server does
 * for clients that could check them; S0 only; no S2; an S0 of RTMPE; or S2 later than everything else.
 */
export type PeerHandshake = 'simple' | 'digest' | 'versionOnly' | 'noS2' | 'encrypted' | 'lateS2';

const SIZE = 1536;
const DIGEST_SIZE = 32;
/** Key of the server's digests; the first 36 bytes are text, section names of the "complex" handshake have no document. */
const SERVER_KEY = Buffer.concat([
  Buffer.from('Genuine Adobe Flash Media Server 001'),
  Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex'),
]);

/** How a server shakes hands. */
export interface ServerHandshakeOptions {
  readonly kind: PeerHandshake;
  readonly send: (bytes: Uint8Array) => void;
  /** Asked when C1 is there. */
  readonly mayAnswer: () => boolean;
}

/** The server's side of the handshake of one connection. */
export class ServerHandshake {
  readonly #options: ServerHandshakeOptions;
  #bytes = Buffer.alloc(0);
  #hasAnswered = false;

  constructor(options: ServerHandshakeOptions) {
    this.#options = options;
  }

  /** Takes bytes of the client; answers when C1 is whole. Returns what follows C2 once that is there. */
  push(bytes: Uint8Array): Buffer | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (!this.#hasAnswered && this.#bytes.length >= 1 + SIZE) {
      this.#hasAnswered = true;
      if (this.#options.mayAnswer()) this.#answer(this.#bytes.subarray(1, 1 + SIZE));
    }
    const end = 1 + 2 * SIZE;
    return this.#bytes.length < end ? undefined : this.#bytes.subarray(end);
  }

  #answer(c1: Buffer): void {
    const { kind, send } = this.#options;
    send(Buffer.of(kind === 'encrypted' ? 6 : 3));
    if (kind === 'versionOnly') return;
    send(kind === 'digest' ? signedS1() : Buffer.alloc(SIZE, 7));
    if (kind === 'noS2') return;
    const s2 = kind === 'digest' ? signedS2(c1) : c1;
    if (kind === 'lateS2') setImmediate(() => send(s2));
    else send(s2);
  }
}

/** S1 with a version and a digest of itself in its first half, at the place that four of its bytes name. */
function signedS1(): Buffer {
  const s1 = Buffer.alloc(SIZE, 7);
  s1.writeUInt32BE(0x05000101, 4);
  const at = 12 + ([8, 9, 10, 11].reduce((sum, byte) => sum + s1.readUInt8(byte), 0) % 728);
  const rest = Buffer.concat([s1.subarray(0, at), s1.subarray(at + DIGEST_SIZE)]);
  createHmac('sha256', SERVER_KEY.subarray(0, 36)).update(rest).digest().copy(s1, at);
  return s1;
}

/** S2 that is no echo: random bytes and a digest under a key made of the client's. */
function signedS2(c1: Buffer): Buffer {
  const s2 = Buffer.alloc(SIZE, 9);
  const key = createHmac('sha256', SERVER_KEY)
    .update(c1.subarray(SIZE - DIGEST_SIZE))
    .digest();
  const signed = s2.subarray(0, SIZE - DIGEST_SIZE);
  createHmac('sha256', key)
    .update(signed)
    .digest()
    .copy(s2, SIZE - DIGEST_SIZE);
  return s2;
}
