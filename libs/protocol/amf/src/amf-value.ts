/**
 * A value of Action Message Format 0 in JavaScript's own words: a plain object is an anonymous object,
 * a Map is an ECMA array (a keyed list, as in `onMetaData`), an array is a strict array.
 *
 * @see AMF 0 Specification (Adobe, 2007) section 2.1
 */
export type AmfValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | Date
  | AmfObject
  | ReadonlyMap<string, AmfValue>
  | readonly AmfValue[];

/** An anonymous object. Parsed ones have no prototype, so that no key of the peer is special. */
export interface AmfObject {
  readonly [key: string]: AmfValue;
}

/** The one-byte type markers of AMF 0, section 2.1. */
export const AMF0_MARKER = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  amf3: 0x11,
} as const;

/** The bytes or the value are not AMF 0 as this library knows it. */
export class AmfError extends Error {
  override readonly name = 'AmfError';
}
