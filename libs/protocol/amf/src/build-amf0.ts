import { ByteWriter } from '#foundation';
import { AMF0_MARKER, AmfError } from './amf-value.ts';
import type { AmfObject, AmfValue } from './amf-value.ts';

const MAX_SHORT_TEXT_BYTES = 0xffff;
const utf8 = new TextEncoder();

/**
 * Writes values one after the other as AMF 0. Texts above 65 535 bytes become long strings.
 *
 * @throws AmfError when a key is longer than 65 535 bytes.
 * @see AMF 0 Specification section 2
 */
export function buildAmf0(values: readonly AmfValue[]): Uint8Array {
  const writer = new ByteWriter(256);
  for (const value of values) writeValue(writer, value);
  return writer.finish();
}

function writeValue(writer: ByteWriter, value: AmfValue): void {
  switch (typeof value) {
    case 'number':
      writer.u8(AMF0_MARKER.number).f64(value);
      return;
    case 'boolean':
      writer.u8(AMF0_MARKER.boolean).u8(value ? 1 : 0);
      return;
    case 'string':
      writeText(writer, value);
      return;
    case 'undefined':
      writer.u8(AMF0_MARKER.undefined);
      return;
    default:
      writeComposite(writer, value);
  }
}

type Composite = Exclude<AmfValue, number | boolean | string | undefined>;

function writeComposite(writer: ByteWriter, value: Composite): void {
  if (value === null) {
    writer.u8(AMF0_MARKER.null);
  } else if (value instanceof Date) {
    writer.u8(AMF0_MARKER.date).f64(value.getTime()).u16(0);
  } else if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, AmfValue>)];
    writer.u8(AMF0_MARKER.ecmaArray).u32(entries.length);
    writeProperties(writer, entries);
  } else if (isList(value)) {
    writer.u8(AMF0_MARKER.strictArray).u32(value.length);
    for (const item of value) writeValue(writer, item);
  } else {
    writer.u8(AMF0_MARKER.object);
    writeProperties(writer, Object.entries(value as AmfObject));
  }
}

const isList = (value: Composite): value is readonly AmfValue[] => Array.isArray(value);

function writeProperties(
  writer: ByteWriter,
  entries: readonly (readonly [string, AmfValue])[],
): void {
  for (const [key, value] of entries) {
    const bytes = utf8.encode(key);
    if (bytes.length > MAX_SHORT_TEXT_BYTES) throw new AmfError('a key is longer than 65535 bytes');
    writer.u16(bytes.length).bytes(bytes);
    writeValue(writer, value);
  }
  writer.u16(0).u8(AMF0_MARKER.objectEnd);
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = utf8.encode(text);
  if (bytes.length > MAX_SHORT_TEXT_BYTES) {
    writer.u8(AMF0_MARKER.longString).u32(bytes.length).bytes(bytes);
  } else {
    writer.u8(AMF0_MARKER.string).u16(bytes.length).bytes(bytes);
  }
}
