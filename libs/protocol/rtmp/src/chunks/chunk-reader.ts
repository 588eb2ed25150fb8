import { RtmpProtocolError } from '../rtmp-errors.ts';
import { parseControlMessage } from './control-message.ts';
import { ChunkHeaderParser } from './chunk-header.ts';
import type { ChunkHeader } from './chunk-header.ts';
import { INITIAL_CHUNK_SIZE_BYTES, MESSAGE_TYPE, TIMESTAMP_RANGE } from './rtmp-message.ts';
import type { RtmpMessage } from './rtmp-message.ts';

/** Bounds of what a peer may make us keep. */
export interface ChunkReaderLimits {
  /** Longest message accepted. Default: 131 072, far above what a server says to a publisher. */
  readonly maxMessageBytes?: number;
  /** Most chunk streams in use. Default: 16. */
  readonly maxChunkStreams?: number;
}

const DEFAULT_MAX_MESSAGE_BYTES = 131_072;
const DEFAULT_MAX_CHUNK_STREAMS = 16;
/** A message gets memory as its bytes come, from here on, so that headers alone cost nothing. */
const FIRST_PAYLOAD_BYTES = 512;

/** One chunk stream: what its last header said and the message that is coming in. */
interface ChunkStream {
  readonly id: number;
  timestampMs: number;
  /** The timestamp field of the last type 0, 1 or 2 chunk; a type 3 chunk that starts a message adds it again. */
  stamp: number;
  isExtended: boolean;
  lengthBytes: number;
  typeId: number;
  messageStreamId: number;
  payload: Uint8Array | undefined;
  receivedBytes: number;
}

/**
 * Puts chunks together to messages, from bytes in pieces of any size.
 *
 * @remarks Set Chunk Size and Abort are obeyed here and also reported. Memory: at most
 * `maxMessageBytes` for each of `maxChunkStreams`.
 * @see RTMP 1.0 section 5.3
 */
export class ChunkReader {
  readonly #maxMessageBytes: number;
  readonly #maxChunkStreams: number;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #header = new ChunkHeaderParser((id) => this.#streams.get(id));
  #chunkSizeBytes = INITIAL_CHUNK_SIZE_BYTES;
  /** The stream whose chunk is coming in, between its header and its last byte. */
  #current: ChunkStream | undefined;
  #leftInChunkBytes = 0;

  constructor(limits: ChunkReaderLimits = {}) {
    this.#maxMessageBytes = limits.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.#maxChunkStreams = limits.maxChunkStreams ?? DEFAULT_MAX_CHUNK_STREAMS;
  }

  /**
   * Takes the next bytes and hands every message they complete to `onMessage`.
   *
   * @throws RtmpProtocolError when the peer breaks the protocol or a limit; the reader is of no use then.
   */
  push(bytes: Uint8Array, onMessage: (message: RtmpMessage) => void): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#current === undefined) {
        at += this.#header.push(bytes, at);
        const header = this.#header.take();
        if (header === undefined) return;
        this.#begin(header, onMessage);
      } else {
        at += this.#fill(this.#current, bytes, at);
        this.#finishChunk(this.#current, onMessage);
      }
    }
  }

  #begin(header: ChunkHeader, onMessage: (message: RtmpMessage) => void): void {
    const stream = this.#stream(header);
    const isContinuation = header.type === 3 && stream.payload !== undefined;
    if (!isContinuation) this.#beginMessage(stream, header);
    this.#current = stream;
    this.#leftInChunkBytes = Math.min(
      this.#chunkSizeBytes,
      stream.lengthBytes - stream.receivedBytes,
    );
    this.#finishChunk(stream, onMessage);
    if (header.surplus !== undefined) this.push(header.surplus, onMessage);
  }

  #stream(header: ChunkHeader): ChunkStream {
    const known = this.#streams.get(header.chunkStreamId);
    if (known !== undefined) return known;
    if (header.type !== 0) {
      throw new RtmpProtocolError(`a chunk stream starts with chunk type ${header.type}`);
    }
    if (this.#streams.size >= this.#maxChunkStreams) {
      throw new RtmpProtocolError(`more than ${this.#maxChunkStreams} chunk streams`);
    }
    const fresh: ChunkStream = {
      id: header.chunkStreamId,
      timestampMs: 0,
      stamp: 0,
      isExtended: false,
      lengthBytes: 0,
      typeId: 0,
      messageStreamId: 0,
      payload: undefined,
      receivedBytes: 0,
    };
    this.#streams.set(header.chunkStreamId, fresh);
    return fresh;
  }

  /** A header in the middle of a message gives that message up: some peers do so instead of Abort. */
  #beginMessage(stream: ChunkStream, header: ChunkHeader): void {
    stream.lengthBytes = header.lengthBytes ?? stream.lengthBytes;
    stream.typeId = header.typeId ?? stream.typeId;
    stream.messageStreamId = header.messageStreamId ?? stream.messageStreamId;
    stream.stamp = header.stamp ?? stream.stamp;
    if (header.type !== 3) stream.isExtended = header.isExtended;
    const base = header.type === 0 ? 0 : stream.timestampMs;
    stream.timestampMs = (base + stream.stamp) % TIMESTAMP_RANGE;
    if (stream.lengthBytes > this.#maxMessageBytes) {
      throw new RtmpProtocolError(`a message of ${stream.lengthBytes} bytes is too long`);
    }
    stream.payload = new Uint8Array(Math.min(stream.lengthBytes, FIRST_PAYLOAD_BYTES));
    stream.receivedBytes = 0;
  }

  #fill(stream: ChunkStream, bytes: Uint8Array, at: number): number {
    const count = Math.min(this.#leftInChunkBytes, bytes.length - at);
    const end = stream.receivedBytes + count;
    payloadOf(stream, end).set(bytes.subarray(at, at + count), stream.receivedBytes);
    stream.receivedBytes = end;
    this.#leftInChunkBytes -= count;
    return count;
  }

  #finishChunk(stream: ChunkStream, onMessage: (message: RtmpMessage) => void): void {
    if (this.#leftInChunkBytes > 0) return;
    this.#current = undefined;
    const { payload } = stream;
    if (payload === undefined || stream.receivedBytes < stream.lengthBytes) return;
    stream.payload = undefined;
    const message: RtmpMessage = {
      chunkStreamId: stream.id,
      typeId: stream.typeId,
      messageStreamId: stream.messageStreamId,
      timestampMs: stream.timestampMs,
      payload,
    };
    this.#obey(message);
    onMessage(message);
  }

  #obey(message: RtmpMessage): void {
    if (message.typeId !== MESSAGE_TYPE.setChunkSize && message.typeId !== MESSAGE_TYPE.abort)
      return;
    const control = parseControlMessage(message);
    if (control?.kind === 'setChunkSize') {
      this.#chunkSizeBytes = control.sizeBytes;
    } else if (control?.kind === 'abort') {
      const aborted = this.#streams.get(control.chunkStreamId);
      if (aborted !== undefined) aborted.payload = undefined;
    }
  }
}

/** The payload of a stream, with room for so many bytes: at most twice of what has come. */
function payloadOf(stream: ChunkStream, wantedBytes: number): Uint8Array {
  const old = stream.payload ?? new Uint8Array(0);
  if (old.length >= wantedBytes) return old;
  const grown = new Uint8Array(Math.min(stream.lengthBytes, Math.max(2 * old.length, wantedBytes)));
  grown.set(old.subarray(0, stream.receivedBytes));
  stream.payload = grown;
  return grown;
}
