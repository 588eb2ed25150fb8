import { invariant } from '#foundation';
import {
  EXTENDED_TIMESTAMP_MARK,
  INITIAL_CHUNK_SIZE_BYTES,
  MAX_CHUNK_SIZE_BYTES,
  MESSAGE_HEADER_SIZES_BYTES,
  TIMESTAMP_RANGE,
} from './rtmp-message.ts';
import type { RtmpMessage } from './rtmp-message.ts';

const FIRST_CHUNK_STREAM_ID = 2;
/** Above it the basic header needs a second byte; the writer has no use for so many. */
const LAST_CHUNK_STREAM_ID = 63;
const TYPE_3 = 0xc0;
const EXTENDED_SIZE_BYTES = 4;

/** What the reader of a chunk stream remembers of its last message. */
interface ChunkStreamMemory {
  timestampMs: number;
  /** -1 after a type 0 chunk: readers disagree on what a type 3 chunk would then add. */
  deltaMs: number;
  lengthBytes: number;
  typeId: number;
  messageStreamId: number;
}

type ChunkType = 0 | 1 | 2 | 3;

/**
 * Cuts messages into chunks, with headers as short as the last message of the chunk stream allows.
 *
 * @remarks Each message becomes one buffer of its own and its payload is copied once.
 * @see RTMP 1.0 section 5.3
 */
export class ChunkWriter {
  readonly #streams = new Map<number, ChunkStreamMemory>();
  #chunkSizeBytes = INITIAL_CHUNK_SIZE_BYTES;

  /** Takes effect with the next message: announce it by Set Chunk Size first. */
  set chunkSizeBytes(value: number) {
    invariant(value >= 1 && value <= MAX_CHUNK_SIZE_BYTES, 'a chunk holds 1 to 16777215 bytes');
    this.#chunkSizeBytes = value;
  }

  /** @param message Chunk stream id 2 to 63, payload up to 16 777 215 bytes. */
  write(message: RtmpMessage): Buffer {
    const { payload } = message;
    invariant(payload.length <= MAX_CHUNK_SIZE_BYTES, 'a message holds at most 16777215 bytes');
    const timestampMs = message.timestampMs % TIMESTAMP_RANGE;
    const memory = this.#memory(message.chunkStreamId);
    const deltaMs = timestampMs - memory.timestampMs;
    const type = chunkType(message, memory, deltaMs);
    const stamp = type === 0 ? timestampMs : deltaMs;
    // Deltas that would need the extended field are sent as type 0, so only type 0 has it.
    const isExtended = stamp >= EXTENDED_TIMESTAMP_MARK;
    const extendedSize = isExtended ? EXTENDED_SIZE_BYTES : 0;
    const continuations = Math.max(0, Math.ceil(payload.length / this.#chunkSizeBytes) - 1);
    const headerSize = 1 + MESSAGE_HEADER_SIZES_BYTES[type] + extendedSize;
    const out = Buffer.allocUnsafe(
      headerSize + payload.length + continuations * (1 + extendedSize),
    );
    writeHeader(out, message, { type, stamp });
    remember(memory, message, { timestampMs, deltaMs: type === 0 ? -1 : deltaMs });
    if (continuations === 0) out.set(payload, headerSize);
    else this.#split(out, headerSize, message, isExtended ? stamp : undefined);
    return out;
  }

  #memory(chunkStreamId: number): ChunkStreamMemory {
    const known = this.#streams.get(chunkStreamId);
    if (known !== undefined) return known;
    const isInRange =
      chunkStreamId >= FIRST_CHUNK_STREAM_ID && chunkStreamId <= LAST_CHUNK_STREAM_ID;
    invariant(isInRange, 'chunk stream ids 2 to 63 are written');
    // A message stream no message has: the first chunk is of type 0.
    const fresh = { timestampMs: 0, deltaMs: -1, lengthBytes: 0, typeId: 0, messageStreamId: -1 };
    this.#streams.set(chunkStreamId, fresh);
    return fresh;
  }

  #split(
    out: Buffer,
    headerSize: number,
    message: RtmpMessage,
    extended: number | undefined,
  ): void {
    const { payload } = message;
    let at = headerSize;
    for (let from = 0; from < payload.length; from += this.#chunkSizeBytes) {
      if (from > 0) {
        out[at++] = TYPE_3 | message.chunkStreamId;
        // Type 3 chunks repeat the extended timestamp of their message, section 5.3.1.3.
        if (extended !== undefined) at = out.writeUInt32BE(extended, at);
      }
      const piece = payload.subarray(from, from + this.#chunkSizeBytes);
      out.set(piece, at);
      at += piece.length;
    }
  }
}

function chunkType(message: RtmpMessage, memory: ChunkStreamMemory, deltaMs: number): ChunkType {
  if (message.messageStreamId !== memory.messageStreamId) return 0;
  if (deltaMs < 0 || deltaMs >= EXTENDED_TIMESTAMP_MARK) return 0;
  const isSameShape =
    message.payload.length === memory.lengthBytes && message.typeId === memory.typeId;
  if (!isSameShape) return 1;
  return deltaMs === memory.deltaMs ? 3 : 2;
}

function writeHeader(
  out: Buffer,
  message: RtmpMessage,
  { type, stamp }: { readonly type: ChunkType; readonly stamp: number },
): void {
  out[0] = (type << 6) | message.chunkStreamId;
  if (type === 3) return;
  out.writeUIntBE(Math.min(stamp, EXTENDED_TIMESTAMP_MARK), 1, 3);
  if (type <= 1) {
    out.writeUIntBE(message.payload.length, 4, 3);
    out[7] = message.typeId;
  }
  // The message stream id is the one little-endian field, section 5.3.1.2.1.
  if (type === 0) out.writeUInt32LE(message.messageStreamId, 8);
  if (stamp >= EXTENDED_TIMESTAMP_MARK) out.writeUInt32BE(stamp, 12);
}

function remember(
  memory: ChunkStreamMemory,
  message: RtmpMessage,
  { timestampMs, deltaMs }: { readonly timestampMs: number; readonly deltaMs: number },
): void {
  memory.timestampMs = timestampMs;
  memory.deltaMs = deltaMs;
  memory.lengthBytes = message.payload.length;
  memory.typeId = message.typeId;
  memory.messageStreamId = message.messageStreamId;
}
