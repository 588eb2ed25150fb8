import { ByteReader, OutOfBytesError } from '#foundation';
import { AMF0_MARKER, AmfError } from './amf-value.ts';
import type { AmfValue } from './amf-value.ts';

/** Deepest nesting accepted; real commands use two levels. */
const MAX_DEPTH = 16;
/** Most values accepted in one message, nested ones included. */
const MAX_VALUES = 4096;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads all AMF 0 values that stand one after the other in `bytes`.
 *
 * @remarks Nesting is limited to 16 levels and 4096 values. Object references are refused. A value that switches to
 * AMF 3 is undefined and the last one: what stands behind it cannot be found.
 * @throws AmfError when the bytes end early, a marker is unknown or a limit is passed.
 * @see AMF 0 Specification section 2
 */
export function parseAmf0(bytes: Uint8Array): AmfValue[] {
  try {
    return new Amf0Parser(bytes).parseAll();
  } catch (error) {
    if (error instanceof OutOfBytesError) throw new AmfError(error.message, { cause: error });
    throw error;
  }
}

/** A value goes on in AMF 3. */
class Amf3Switch extends Error {}

class Amf0Parser {
  readonly #bytes: Uint8Array;
  readonly #reader: ByteReader;
  #valueCount = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#reader = new ByteReader(bytes);
  }

  parseAll(): AmfValue[] {
    const values: AmfValue[] = [];
    try {
      while (this.#reader.remaining > 0) values.push(this.#value(0));
    } catch (error) {
      if (!(error instanceof Amf3Switch)) throw error;
      values.push(undefined);
    }
    return values;
  }

  #value(depth: number): AmfValue {
    this.#valueCount += 1;
    if (depth > MAX_DEPTH) throw new AmfError(`nested deeper than ${MAX_DEPTH} levels`);
    if (this.#valueCount > MAX_VALUES) throw new AmfError(`more than ${MAX_VALUES} values`);
    const marker = this.#reader.u8();
    switch (marker) {
      case AMF0_MARKER.number:
        return this.#reader.f64();
      case AMF0_MARKER.boolean:
        return this.#reader.u8() !== 0;
      case AMF0_MARKER.string:
        return this.#text(this.#reader.u16());
      case AMF0_MARKER.longString:
      case AMF0_MARKER.xmlDocument:
        return this.#text(this.#reader.u32());
      case AMF0_MARKER.null:
        return null;
      case AMF0_MARKER.undefined:
      case AMF0_MARKER.unsupported:
        return undefined;
      case AMF0_MARKER.date:
        return this.#date();
      default:
        return this.#composite(marker, depth);
    }
  }

  #composite(marker: number, depth: number): AmfValue {
    switch (marker) {
      case AMF0_MARKER.typedObject:
        this.#text(this.#reader.u16());
        return this.#object(depth);
      case AMF0_MARKER.object:
        return this.#object(depth);
      case AMF0_MARKER.ecmaArray:
        // The count is a hint that many writers leave at 0; the end marker decides.
        this.#reader.u32();
        return new Map(this.#properties(depth));
      case AMF0_MARKER.strictArray:
        return this.#strictArray(depth);
      case AMF0_MARKER.amf3:
        throw new Amf3Switch();
      default:
        throw new AmfError(`marker 0x${marker.toString(16).padStart(2, '0')} is not supported`);
    }
  }

  #object(depth: number): AmfValue {
    const object = Object.create(null) as Record<string, AmfValue>;
    for (const [key, value] of this.#properties(depth)) object[key] = value;
    return object;
  }

  #properties(depth: number): [string, AmfValue][] {
    const properties: [string, AmfValue][] = [];
    for (;;) {
      const key = this.#text(this.#reader.u16());
      if (key === '' && this.#takeObjectEnd()) return properties;
      properties.push([key, this.#value(depth + 1)]);
    }
  }

  /** Takes the end marker if it comes next; an empty key before anything else is a key. */
  #takeObjectEnd(): boolean {
    if (this.#bytes[this.#reader.offset] !== AMF0_MARKER.objectEnd) return false;
    this.#reader.u8();
    return true;
  }

  #strictArray(depth: number): AmfValue[] {
    const count = this.#reader.u32();
    if (count > this.#reader.remaining) throw new AmfError(`an array claims ${count} values`);
    const values: AmfValue[] = [];
    for (let index = 0; index < count; index += 1) values.push(this.#value(depth + 1));
    return values;
  }

  #date(): Date {
    const epochMs = this.#reader.f64();
    this.#reader.u16();
    return new Date(epochMs);
  }

  #text(sizeBytes: number): string {
    return utf8.decode(this.#reader.bytes(sizeBytes));
  }
}
