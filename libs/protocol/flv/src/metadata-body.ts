import { ByteReader, ByteWriter, OutOfBytesError } from '#foundation';
import { FlvError } from './flv-tag.ts';
import type { FlvTag } from './flv-tag.ts';

/** What a stream says about itself: `audiocodecid`, `audiosamplerate`, `stereo`, `encoder` … */
export type FlvMetadata = Readonly<Record<string, number | string | boolean>>;

/** SCRIPTDATAVALUE types, section E.4.4.2. */
const TYPE = { number: 0, boolean: 1, string: 2, ecmaArray: 8, objectEnd: 9 } as const;
const NAME = 'onMetaData';
const MAX_TEXT_BYTES = 0xffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Writes the body of an `onMetaData` script tag: the name, then one flat ECMA array.
 *
 * @throws FlvError when a key or a text is longer than 65 535 bytes.
 * @see Adobe Flash Video File Format 10.1 sections E.4.4 and E.5
 */
export function buildMetadataBody(metadata: FlvMetadata): Uint8Array {
  const writer = new ByteWriter(256).u8(TYPE.string);
  writeText(writer, NAME);
  const entries = Object.entries(metadata);
  writer.u8(TYPE.ecmaArray).u32(entries.length);
  for (const [key, value] of entries) {
    writeText(writer, key);
    writeValue(writer, value);
  }
  return writer.u16(0).u8(TYPE.objectEnd).finish();
}

function writeValue(writer: ByteWriter, value: number | string | boolean): void {
  if (typeof value === 'number') writer.u8(TYPE.number).f64(value);
  else if (typeof value === 'boolean') writer.u8(TYPE.boolean).u8(value ? 1 : 0);
  else writeText(writer.u8(TYPE.string), value);
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = encoder.encode(text);
  if (bytes.length > MAX_TEXT_BYTES)
    throw new FlvError('a metadata text is longer than 65535 bytes');
  writer.u16(bytes.length).bytes(bytes);
}

/**
 * Reads the body of an `onMetaData` script tag as {@link buildMetadataBody} writes it.
 *
 * @throws FlvError when it ends early, is another script or holds nested values.
 * @see Adobe Flash Video File Format 10.1 section E.4.4
 */
export function parseMetadataBody(body: Uint8Array): FlvMetadata {
  try {
    return parseFlat(new ByteReader(body));
  } catch (error) {
    if (error instanceof OutOfBytesError) throw new FlvError(error.message, { cause: error });
    throw error;
  }
}

function parseFlat(reader: ByteReader): FlvMetadata {
  if (reader.u8() !== TYPE.string || readText(reader) !== NAME) {
    throw new FlvError(`a script is not ${NAME}`);
  }
  if (reader.u8() !== TYPE.ecmaArray) throw new FlvError(`${NAME} does not hold an ECMA array`);
  reader.u32();
  const metadata = Object.create(null) as Record<string, number | string | boolean>;
  for (;;) {
    const key = readText(reader);
    const type = reader.u8();
    if (key === '' && type === TYPE.objectEnd) return metadata;
    metadata[key] = readValue(reader, type);
  }
}

function readValue(reader: ByteReader, type: number): number | string | boolean {
  if (type === TYPE.number) return reader.f64();
  if (type === TYPE.boolean) return reader.u8() !== 0;
  if (type === TYPE.string) return readText(reader);
  throw new FlvError(`metadata values of type ${type} are not supported`);
}

const readText = (reader: ByteReader): string => decoder.decode(reader.bytes(reader.u16()));

/** The script tag that describes the stream; sent first. */
export function metadataTag(metadata: FlvMetadata, timestampMs: number): FlvTag {
  return { kind: 'script', timestampMs, body: buildMetadataBody(metadata) };
}
