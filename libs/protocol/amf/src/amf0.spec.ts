import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmfError, buildAmf0, parseAmf0 } from './index.ts';
import type { AmfValue } from './index.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const ascii = (text: string): string => Buffer.from(text).toString('hex');

interface Pair {
  readonly name: string;
  readonly values: AmfValue[];
  readonly bytes: string;
}

const PAIRS: readonly Pair[] = [
  { name: 'nothing', values: [], bytes: '' },
  { name: 'a number', values: [1], bytes: '00 3ff0000000000000' },
  { name: 'zero', values: [0], bytes: '00 0000000000000000' },
  { name: 'a fraction below zero', values: [-0.5], bytes: '00 bfe0000000000000' },
  { name: 'true and false', values: [true, false], bytes: '01 01 01 00' },
  { name: 'a text', values: ['live'], bytes: `02 0004 ${ascii('live')}` },
  { name: 'an empty text', values: [''], bytes: '02 0000' },
  { name: 'a text outside ASCII', values: ['é€'], bytes: '02 0005 c3a9e282ac' },
  {
    name: 'a text that starts with a byte order mark',
    values: ['\ufeffa'],
    bytes: '02 0004 efbbbf61',
  },
  { name: 'null and undefined', values: [null, undefined], bytes: '05 06' },
  { name: 'an empty object', values: [{}], bytes: '03 0000 09' },
  {
    name: 'an object in an object',
    values: [{ a: { b: true } }],
    bytes: '03 0001 61 03 0001 62 01 01 0000 09 0000 09',
  },
  {
    name: 'an object with an empty key',
    values: [{ '': 'x' }],
    bytes: '03 0000 02 0001 78 0000 09',
  },
  {
    name: 'an ECMA array',
    values: [new Map<string, AmfValue>([['w', 0]])],
    bytes: '08 00000001 0001 77 00 0000000000000000 0000 09',
  },
  { name: 'a strict array', values: [['a', null]], bytes: '0a 00000002 02 0001 61 05' },
  { name: 'a date', values: [new Date(1000)], bytes: '0b 408f400000000000 0000' },
  {
    name: 'a createStream command',
    values: ['createStream', 4, null],
    bytes: `02 000c ${ascii('createStream')} 00 4010000000000000 05`,
  },
  {
    name: 'a long text',
    values: ['x'.repeat(65_536)],
    bytes: `0c 00010000 ${'78'.repeat(65_536)}`,
  },
];

describe('AMF 0 pairs', () => {
  it.each(PAIRS)('builds $name', ({ values, bytes }) => {
    expect(Buffer.from(buildAmf0(values)).equals(hex(bytes))).toBe(true);
  });

  it.each(PAIRS)('parses $name', ({ values, bytes }) => {
    expect(parseAmf0(hex(bytes))).toEqual(values);
  });
});

describe('AMF 0 that is only read', () => {
  it.each([
    { name: 'unsupported as undefined', bytes: '0d', values: [undefined] },
    { name: 'an XML document as text', bytes: '0f 00000003 3c612f', values: ['<a/'] },
    {
      name: 'a typed object as an object',
      bytes: '10 0001 43 0001 61 05 0000 09',
      values: [{ a: null }],
    },
    {
      name: 'an ECMA array whose count says 0',
      bytes: '08 00000000 0001 61 05 0000 09',
      values: [new Map([['a', null]])],
    },
    { name: 'any byte but 0 as true', bytes: '01 07', values: [true] },
    { name: 'AMF 3 as undefined', bytes: '05 11 04 01', values: [null, undefined] },
    {
      name: 'an object with AMF 3 inside as undefined, and nothing behind it',
      bytes: '05 03 0001 61 11 0a0b01 0000 09 05',
      values: [null, undefined],
    },
  ])('$name', ({ bytes, values }) => {
    expect(parseAmf0(hex(bytes))).toEqual(values);
  });

  it('keeps a key called __proto__ a plain key', () => {
    const [value] = parseAmf0(
      hex(`03 0009 ${ascii('__proto__')} 03 0001 78 01 01 0000 09 0000 09`),
    );

    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect('x' in (value as object)).toBe(false);
  });
});

describe('AMF 0 refused', () => {
  it.each([
    { name: 'a number cut short', bytes: '00 3ff0' },
    { name: 'a text longer than the message', bytes: '02 ffff 61' },
    { name: 'a long text of 4 GiB', bytes: '0c ffffffff 61' },
    { name: 'an object without an end', bytes: '03 0001 61 05' },
    { name: 'an array that claims 4 billion values', bytes: '0a ffffffff 05' },
    { name: 'a reference', bytes: '07 0000' },
    { name: 'an end marker outside an object', bytes: '09' },
    { name: '17 levels', bytes: '0a00000001'.repeat(17) + '05' },
    { name: '4097 values', bytes: '05'.repeat(4097) },
  ])('$name', ({ bytes }) => {
    expect(() => parseAmf0(hex(bytes))).toThrow(AmfError);
  });

  it('a key of 65536 bytes when building', () => {
    expect(() => buildAmf0([{ ['k'.repeat(65_536)]: 1 }])).toThrow(AmfError);
  });
});

describe('AMF 0 properties', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const { value } = fc.letrec<{ value: AmfValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.double({ noNaN: true }),
      fc.boolean(),
      text,
      fc.constantFrom(null, undefined),
      fc.date({ noInvalidDate: true }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
      fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    ),
  }));

  it('what is built is parsed back', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        expect(parseAmf0(buildAmf0(values))).toEqual(values);
      }),
    );
  });

  it('any bytes give values or an AmfError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expectOnlyAmfError(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('any cut or changed byte of a real value gives values or an AmfError', () => {
    const damaged = fc.tuple(
      fc.array(value, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.nat(255),
    );
    fc.assert(
      fc.property(damaged, fc.boolean(), ([values, position, byte], isCut) => {
        const bytes = buildAmf0(values);
        const at = position % bytes.length;
        bytes[at] = byte;
        expectOnlyAmfError(isCut ? bytes.subarray(0, at) : bytes);
      }),
      { numRuns: 1000 },
    );
  });
});

function expectOnlyAmfError(bytes: Uint8Array): void {
  try {
    parseAmf0(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(AmfError);
  }
}
