import { ByteQueue } from '#foundation';
import { DrachtioProtocolError } from './drachtio-protocol-error.ts';

/** The largest payload of a frame, in bytes. drachtio-server itself falls silent above 12 228. */
export const MAX_FRAME_BYTES = 262_144;

const HASH = 0x23;
const MAX_LENGTH_DIGITS = String(MAX_FRAME_BYTES).length;

/**
 * One frame, `length#payload`.
 *
 * @throws DrachtioProtocolError `frameTooLong`.
 */
export function buildFrame(payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_FRAME_BYTES) {
    throw new DrachtioProtocolError('frameTooLong', `a payload of ${payload.length} bytes`);
  }
  const prefix = new TextEncoder().encode(`${payload.length}#`);
  const frame = new Uint8Array(prefix.length + payload.length);
  frame.set(prefix);
  frame.set(payload, prefix.length);
  return frame;
}

/**
 * Takes frames out of the bytes of one control connection, wherever they are split.
 *
 * ```text
 * 41#8b7dc53e-75b9-4b75-8e1e-e9daa7f484fc|ping
 * |  |
 * |  payload, UTF-8
 * length of the payload in bytes, decimal
 * ```
 *
 * @remarks Holds at most one unfinished frame. After an error the stream is lost: frames complete by then are still
 * returned, and the next `push` throws.
 */
export class FrameDecoder {
  readonly #queue = new ByteQueue();
  #failure: DrachtioProtocolError | undefined;

  /**
   * Takes the next piece of the stream and gives the payloads that it completes, each as a copy of its own.
   *
   * @throws DrachtioProtocolError `frameLength` or `frameTooLong`; every later call throws the same.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#failure !== undefined) throw this.#failure;
    this.#queue.append(chunk);
    const payloads: Uint8Array[] = [];
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) payloads.push(next);
    } catch (error) {
      if (!(error instanceof DrachtioProtocolError)) throw error;
      this.#failure = error;
      this.#queue.drop(this.#queue.length);
      if (payloads.length === 0) throw error;
    }
    return payloads;
  }

  #next(): Uint8Array | undefined {
    const bytes = this.#queue.view();
    const prefix = bytes.subarray(0, MAX_LENGTH_DIGITS + 1);
    const hashAt = prefix.indexOf(HASH);
    const digits = String.fromCharCode(...(hashAt < 0 ? prefix : prefix.subarray(0, hashAt)));
    const isComplete = hashAt >= 0;
    if (!/^(?:[1-9]\d*)?$/.test(digits) || (isComplete && digits === '')) {
      throw new DrachtioProtocolError('frameLength', `not a length: ${JSON.stringify(digits)}`);
    }
    if (digits.length > MAX_LENGTH_DIGITS || Number(digits) > MAX_FRAME_BYTES) {
      throw new DrachtioProtocolError('frameTooLong', `a frame of ${digits} bytes or more`);
    }
    const end = hashAt + 1 + Number(digits);
    if (!isComplete || bytes.length < end) return undefined;
    const payload = bytes.slice(hashAt + 1, end);
    this.#queue.drop(end);
    return payload;
  }
}
