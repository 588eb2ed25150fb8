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

interface Header {
  readonly type: number;
  readonly id: number;
  /** Where the message header begins. */
  readonly at: number;
}

const INITIAL_CHUNK_SIZE = 128;
const SET_CHUNK_SIZE = 1;
const ABORT = 2;
const HEADER_SIZES = [11, 7, 3, 0] as const;
const EXTENDED = 0xffffff;

/** Splits what a client sends into messages: whole chunks out of one growing buffer. Test code: no bounds. */
export class ChunkSplitter {
  #buffer = Buffer.alloc(0);
  #chunkSize = INITIAL_CHUNK_SIZE;
  readonly #streams = new Map<number, Stream>();

  /** The messages that `bytes` complete. @throws Error when they break RTMP 1.0, section 5.3. */
  push(bytes: Uint8Array): PeerMessage[] {
    this.#buffer =
      this.#buffer.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#buffer, bytes]);
    const messages: PeerMessage[] = [];
    for (let used = this.#chunk(messages); used > 0; used = this.#chunk(messages)) {
      this.#buffer = this.#buffer.subarray(used);
    }
    return messages;
  }

  /** Takes one whole chunk; returns its size, 0 when it is not there yet. */
  #chunk(messages: PeerMessage[]): number {
    const buffer = this.#buffer;
    const header = basicHeader(buffer);
    if (header === undefined) return 0;
    const { type, id, at } = header;
    const stream = this.#streams.get(id) ?? fresh();
    const headerEnd = at + (HEADER_SIZES[type] ?? 0);
    if (buffer.length < headerEnd) return 0;
    const field = type < 3 ? buffer.readUIntBE(at, 3) : undefined;
    const hasExtended = field === undefined ? stream.hasExtended : field === EXTENDED;
    const bodyStart = headerEnd + (hasExtended ? 4 : 0);
    if (buffer.length < bodyStart) return 0;
    const length = type < 2 ? buffer.readUIntBE(at + 3, 3) : stream.length;
    const size = Math.min(this.#chunkSize, length - stream.received);
    if (buffer.length < bodyStart + size) return 0;
    this.#streams.set(id, stream);
    const extended = hasExtended ? buffer.readUInt32BE(headerEnd) : undefined;
    if (stream.received === 0) this.#begin(stream, header, { field, extended, length });
    else judgeContinuation(stream, type, extended);
    this.#collect(stream, buffer.subarray(bodyStart, bodyStart + size), messages);
    return bodyStart + size;
  }

  #begin(
    stream: Stream,
    { type, at }: Header,
    {
      field,
      extended,
      length,
    }: { field: number | undefined; extended: number | undefined; length: number },
  ): void {
    stream.length = length;
    stream.hasExtended = extended !== undefined;
    if (field !== undefined) stream.field = extended ?? field;
    if (extended !== undefined && extended < EXTENDED)
      throw new Error('an extended timestamp that was not needed');
    if (type < 2) stream.typeId = this.#buffer.readUInt8(at + 6);
    if (type === 0) stream.messageStreamId = this.#buffer.readUInt32LE(at + 7);
    stream.timestamp = type === 0 ? stream.field : (stream.timestamp + stream.field) % 2 ** 32;
  }

  #collect(stream: Stream, piece: Buffer, messages: PeerMessage[]): void {
    stream.pieces.push(piece);
    stream.received += piece.length;
    if (stream.received < stream.length) return;
    const { typeId, messageStreamId, timestamp } = stream;
    const payload = Buffer.concat(stream.pieces);
    stream.pieces = [];
    stream.received = 0;
    this.#obey(typeId, payload);
    messages.push({ typeId, messageStreamId, timestampMs: timestamp, payload });
  }

  #obey(typeId: number, payload: Buffer): void {
    if (typeId === SET_CHUNK_SIZE) this.#chunkSize = payload.readUInt32BE(0);
    const aborted = typeId === ABORT ? this.#streams.get(payload.readUInt32BE(0)) : undefined;
    if (aborted === undefined) return;
    aborted.pieces = [];
    aborted.received = 0;
  }
}

/** Section 5.3.1.1: ids up to 63 in one byte, to 319 in two, to 65599 in three. */
function basicHeader(buffer: Buffer): Header | undefined {
  if (buffer.length < 1) return undefined;
  const first = buffer.readUInt8(0);
  const [type, id] = [first >> 6, first & 0x3f];
  if (id > 1) return { type, id, at: 1 };
  if (buffer.length < 2 + id) return undefined;
  const low = 64 + buffer.readUInt8(1);
  return id === 0 ? { type, id: low, at: 2 } : { type, id: low + 256 * buffer.readUInt8(2), at: 3 };
}

function judgeContinuation(stream: Stream, type: number, extended: number | undefined): void {
  if (type !== 3) throw new Error('a message was interrupted by a new header');
  if (extended !== undefined && extended !== stream.field)
    throw new Error('a type 3 chunk does not repeat the extended timestamp');
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
