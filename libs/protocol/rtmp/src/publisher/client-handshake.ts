import type { RandomSource } from '#foundation';
import { RtmpProtocolError } from '../rtmp-errors.ts';

const VERSION = 3;
const PACKET_SIZE_BYTES = 1536;
const RANDOM_SIZE_BYTES = 1528;
const RANDOM_OFFSET = 8;
/** S0, S1 and S2. */
const ANSWER_SIZE_BYTES = 1 + 2 * PACKET_SIZE_BYTES;
const S1_END = 1 + PACKET_SIZE_BYTES;

/** What the handshake does with bytes of the server. */
export interface HandshakeStep {
  /** Bytes to send now: C2 once S1 is here. */
  readonly out: Uint8Array | undefined;
  /** How many of the given bytes belonged to the handshake. */
  readonly consumedBytes: number;
  readonly isDone: boolean;
}

/**
 * The client's side of the simple handshake. What the server puts into S1 and S2 is not judged, so servers
 * with digests pass as well.
 *
 * ```text
 * C0, S0  u8 version = 3
 * C1, S1  u32 time, u32 zero, 1528 random bytes. Zeros in C1 mean: no digest from us
 * C2, S2  the peer's packet, returned
 * ```
 *
 * @see RTMP 1.0 section 5.2
 */
export class ClientHandshake {
  readonly #answer = new Uint8Array(ANSWER_SIZE_BYTES);
  #receivedBytes = 0;

  /** C0 and C1. Time is 0: it may be anything, and nothing uses it. */
  start(random: RandomSource): Uint8Array {
    const out = new Uint8Array(1 + PACKET_SIZE_BYTES);
    out[0] = VERSION;
    out.set(random.bytes(RANDOM_SIZE_BYTES), 1 + RANDOM_OFFSET);
    return out;
  }

  /** @throws RtmpProtocolError when the server speaks another version or no RTMP at all. */
  receive(bytes: Uint8Array): HandshakeStep {
    const hadS1 = this.#receivedBytes >= S1_END;
    const piece = bytes.subarray(0, ANSWER_SIZE_BYTES - this.#receivedBytes);
    this.#answer.set(piece, this.#receivedBytes);
    this.#receivedBytes += piece.length;
    if (this.#receivedBytes > 0 && this.#answer[0] !== VERSION) {
      throw new RtmpProtocolError(whatSpeaks(this.#answer[0] ?? 0));
    }
    const hasS1 = this.#receivedBytes >= S1_END;
    return {
      out: hasS1 && !hadS1 ? this.#answer.slice(1, S1_END) : undefined,
      consumedBytes: piece.length,
      isDone: this.#receivedBytes === ANSWER_SIZE_BYTES,
    };
  }
}

/** What seems to listen there, by the first byte it says. */
function whatSpeaks(first: number): string {
  switch (first) {
    case 0x06:
    case 0x08:
      return 'the server asks for RTMPE, an encryption of old: use rtmps:// or a port without it';
    case 0x15:
      return 'the server speaks TLS on this port: the URL should begin with rtmps://';
    case 0x48:
      return 'a web server answers on this port: use the port of RTMP';
    default:
      return `the server does not speak RTMP version 3, its first byte is ${first}`;
  }
}
