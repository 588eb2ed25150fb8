/** A value of AMF 0 as the peer sees and says it. Objects and keyed lists are both plain objects here. */
export type PeerValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | readonly PeerValue[]
  | { readonly [key: string]: PeerValue };

const LONGEST_SHORT_STRING = 0xffff;

/** Values one after another (AMF 0, section 2). Written apart from the product's codec, so that both must be right to agree. */
export function peerAmf(values: readonly PeerValue[]): Buffer {
  return Buffer.concat(values.map(buildValue));
}

function buildValue(value: PeerValue): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'boolean') return Buffer.of(1, value ? 1 : 0);
  if (typeof value === 'string') return buildString(value);
  if (value === null) return Buffer.of(5);
  if (value === undefined) return Buffer.of(6);
  if (isList(value)) {
    const head = Buffer.alloc(5, 10);
    head.writeUInt32BE(value.length, 1);
    return Buffer.concat([head, ...value.map(buildValue)]);
  }
  const entries = Object.entries(value).flatMap(([key, item]) => [
    bareString(key),
    buildValue(item),
  ]);
  return Buffer.concat([Buffer.of(3), ...entries, Buffer.of(0, 0, 9)]);
}

const isList = (value: PeerValue): value is readonly PeerValue[] => Array.isArray(value);

function buildString(text: string): Buffer {
  const size = Buffer.byteLength(text);
  if (size <= LONGEST_SHORT_STRING) return Buffer.concat([Buffer.of(2), bareString(text)]);
  const head = Buffer.alloc(5, 12);
  head.writeUInt32BE(size, 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

function bareString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(2);
  head.writeUInt16BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

/** Reads all values of a message. @throws Error when they are not AMF 0: what is judged should have written it. */
export function readPeerAmf(bytes: Buffer): PeerValue[] {
  const reader = new AmfReader(bytes);
  const values: PeerValue[] = [];
  while (!reader.isAtEnd) values.push(reader.value());
  return values;
}

class AmfReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(): PeerValue {
    const marker = this.#bytes.readUInt8(this.#skip(1));
    switch (marker) {
      case 0:
        return this.#bytes.readDoubleBE(this.#skip(8));
      case 1:
        return this.#bytes.readUInt8(this.#skip(1)) !== 0;
      case 2:
        return this.#text(this.#bytes.readUInt16BE(this.#skip(2)));
      case 3:
        return this.#object();
      case 5:
        return null;
      case 6:
        return undefined;
      case 8:
        // The count of a keyed list is a hint only.
        this.#skip(4);
        return this.#object();
      case 10:
        return this.#list(this.#bytes.readUInt32BE(this.#skip(4)));
      case 12:
        return this.#text(this.#bytes.readUInt32BE(this.#skip(4)));
      default:
        throw new Error(`AMF 0 marker ${marker} at byte ${this.#at - 1}`);
    }
  }

  #object(): PeerValue {
    const entries: [string, PeerValue][] = [];
    for (;;) {
      const key = this.#text(this.#bytes.readUInt16BE(this.#skip(2)));
      if (key === '' && this.#bytes[this.#at] === 9) break;
      entries.push([key, this.value()]);
    }
    this.#skip(1);
    return Object.fromEntries(entries);
  }

  #list(count: number): PeerValue[] {
    return Array.from({ length: count }, () => this.value());
  }

  #text(size: number): string {
    const start = this.#skip(size);
    return this.#bytes.toString('utf8', start, start + size);
  }

  /** Moves on; returns where it was. */
  #skip(count: number): number {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new Error('AMF 0 ends in the middle of a value');
    return start;
  }
}
