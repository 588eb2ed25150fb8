/** A message as the peer sees it. Written apart from the product's reader, so that both must be right to agree. */
export interface PeerMessage {
  readonly typeId: number;
  readonly messageStreamId: number;
  readonly timestampMs: number;
  readonly payload: Buffer;
}

interface Stream {
  timestamp: number;
  field: number;
  hasExtended: boolean;
  length: number;
  typeId: number;
  messageStreamId: number;
  pieces: Buffer[];
  received: number;
}

const INITIAL_CHUNK_SIZE = 128;
const SET_CHUNK_SIZE = 1;
const HEADER_SIZES = [11, 7, 3, 0] as const;

/** Splits what a client sends into messages: whole chunks out of one growing buffer. Test code: no bounds. */
export class ChunkSplitter {
  #buffer = Buffer.alloc(0);
  #chunkSize = INITIAL_CHUNK_SIZE;
  readonly #streams = new Map<number, Stream>();

  /** The messages that `bytes` complete. */
  push(bytes: Uint8Array): PeerMessage[] {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    const messages: PeerMessage[] = [];
    for (let used = this.#chunk(messages); used > 0; used = this.#chunk(messages)) {
      this.#buffer = this.#buffer.subarray(used);
    }
    return messages;
  }

  /** Takes one whole chunk; returns its size, 0 when it is not there yet. */
  #chunk(messages: PeerMessage[]): number {
    const buffer = this.#buffer;
    if (buffer.length < 1) return 0;
    const type = buffer.readUInt8(0) >> 6;
    const id = buffer.readUInt8(0) & 0x3f;
    if (id < 2) throw new Error('the peer reads chunk stream ids 2 to 63 only');
    const stream = this.#streams.get(id) ?? fresh();
    const headerEnd = 1 + (HEADER_SIZES[type] ?? 0);
    if (buffer.length < headerEnd) return 0;
    const field = type < 3 ? buffer.readUIntBE(1, 3) : undefined;
    const hasExtended = field === undefined ? stream.hasExtended : field === 0xffffff;
    const bodyStart = headerEnd + (hasExtended ? 4 : 0);
    if (buffer.length < bodyStart) return 0;
    const length = type < 2 ? buffer.readUIntBE(4, 3) : stream.length;
    const size = Math.min(this.#chunkSize, length - stream.received);
    if (buffer.length < bodyStart + size) return 0;
    this.#streams.set(id, stream);
    if (stream.received === 0) {
      stream.length = length;
      stream.hasExtended = hasExtended;
      if (field !== undefined) {
        stream.field = hasExtended ? buffer.readUInt32BE(headerEnd) : field;
      }
      if (type < 2) stream.typeId = buffer.readUInt8(7);
      if (type === 0) stream.messageStreamId = buffer.readUInt32LE(8);
      stream.timestamp = type === 0 ? stream.field : (stream.timestamp + stream.field) % 2 ** 32;
    } else if (type !== 3) {
      throw new Error('a message was interrupted by a new header');
    } else if (hasExtended && buffer.readUInt32BE(headerEnd) !== stream.field) {
      throw new Error('a type 3 chunk does not repeat the extended timestamp');
    }
    this.#collect(stream, buffer.subarray(bodyStart, bodyStart + size), messages);
    return bodyStart + size;
  }

  #collect(stream: Stream, piece: Buffer, messages: PeerMessage[]): void {
    stream.pieces.push(piece);
    stream.received += piece.length;
    if (stream.received < stream.length) return;
    const { typeId, messageStreamId, timestamp } = stream;
    const payload = Buffer.concat(stream.pieces);
    stream.pieces = [];
    stream.received = 0;
    if (typeId === SET_CHUNK_SIZE) this.#chunkSize = payload.readUInt32BE(0);
    messages.push({ typeId, messageStreamId, timestampMs: timestamp, payload });
  }
}

const fresh = (): Stream => ({
  timestamp: 0,
  field: 0,
  hasExtended: false,
  length: 0,
  typeId: 0,
  messageStreamId: 0,
  pieces: [],
  received: 0,
});

/** One message of the server: a type 0 chunk and type 3 chunks of 128 bytes, on chunk stream 3. */
export function serverMessage(
  typeId: number,
  messageStreamId: number,
  payload: Uint8Array,
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(3, 0);
  header.writeUIntBE(payload.length, 4, 3);
  header.writeUInt8(typeId, 7);
  header.writeUInt32LE(messageStreamId, 8);
  const parts: Uint8Array[] = [header, payload.subarray(0, INITIAL_CHUNK_SIZE)];
  for (let at = INITIAL_CHUNK_SIZE; at < payload.length; at += INITIAL_CHUNK_SIZE) {
    parts.push(Uint8Array.of(0xc3), payload.subarray(at, at + INITIAL_CHUNK_SIZE));
  }
  return Buffer.concat(parts);
}
