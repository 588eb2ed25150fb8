/** Types of messages, RTMP 1.0 sections 5.4 and 7.1. */
export const PEER_TYPE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const;

const EXTENDED = 0xffffff;

/** How a message is put into chunks. */
export interface Chunking {
  /** Bytes of payload per chunk. Default: 128. */
  readonly chunkSize?: number;
  /** 2 to 65599. Default: 3. */
  readonly chunkStreamId?: number;
  /** Default: 0. */
  readonly timestampMs?: number;
}

/** One message of the server: a type 0 chunk and type 3 chunks. */
export function serverMessage(
  typeId: number,
  messageStreamId: number,
  payload: Uint8Array,
  { chunkSize = 128, chunkStreamId = 3, timestampMs = 0 }: Chunking = {},
): Buffer {
  const header = Buffer.alloc(11);
  header.writeUIntBE(Math.min(timestampMs, EXTENDED), 0, 3);
  header.writeUIntBE(payload.length, 3, 3);
  header.writeUInt8(typeId, 6);
  header.writeUInt32LE(messageStreamId, 7);
  const extended = timestampMs >= EXTENDED ? uint32(timestampMs) : Buffer.alloc(0);
  const parts = [basicHeader(0, chunkStreamId), header, extended, payload.subarray(0, chunkSize)];
  const next = Buffer.concat([basicHeader(3, chunkStreamId), extended]);
  for (let at = chunkSize; at < payload.length; at += chunkSize)
    parts.push(next, payload.subarray(at, at + chunkSize));
  return Buffer.concat(parts);
}

function basicHeader(type: number, id: number): Buffer {
  if (id < 64) return Buffer.of((type << 6) | id);
  if (id < 320) return Buffer.of(type << 6, id - 64);
  return Buffer.of((type << 6) | 1, (id - 64) & 0xff, (id - 64) >> 8);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value % 2 ** 32);
  return bytes;
}

export const uint16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
