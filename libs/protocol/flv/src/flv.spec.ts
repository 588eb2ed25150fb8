import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aacFrameTag,
  aacSequenceHeaderTag,
  buildAacBody,
  buildFlvFileHeader,
  buildFlvFileTag,
  buildMetadataBody,
  FlvError,
  metadataTag,
  parseAacBody,
  parseMetadataBody,
} from './index.ts';
import type { AacBody, FlvMetadata } from './index.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const ascii = (text: string): string => Buffer.from(text).toString('hex');

describe('AAC bodies', () => {
  const PAIRS: readonly { name: string; value: AacBody; bytes: string }[] = [
    {
      name: 'a sequence header',
      value: { packet: 'sequenceHeader', payload: hex('1208') },
      bytes: 'af 00 1208',
    },
    { name: 'a frame', value: { packet: 'raw', payload: hex('010203') }, bytes: 'af 01 010203' },
    { name: 'an empty frame', value: { packet: 'raw', payload: hex('') }, bytes: 'af 01' },
  ];

  it.each(PAIRS)('builds $name', ({ value, bytes }) => {
    expect(buildAacBody(value)).toEqual(hex(bytes));
  });

  it.each(PAIRS)('parses $name', ({ value, bytes }) => {
    expect(parseAacBody(hex(bytes))).toEqual(value);
  });

  it.each([
    { name: 'nothing', bytes: '' },
    { name: 'one byte', bytes: 'af' },
    { name: 'G.711 A-law', bytes: '72 55' },
    { name: 'an unknown packet type', bytes: 'af 02' },
  ])('refuses $name', ({ bytes }) => {
    expect(() => parseAacBody(hex(bytes))).toThrow(FlvError);
  });

  it('marks only the sequence header as one', () => {
    expect(aacSequenceHeaderTag(hex('1208'), 7)).toEqual({
      kind: 'audio',
      timestampMs: 7,
      body: hex('af001208'),
      isSequenceHeader: true,
    });
    expect(aacFrameTag(hex('aa'), 23)).toEqual({
      kind: 'audio',
      timestampMs: 23,
      body: hex('af01aa'),
    });
  });
});

describe('onMetaData bodies', () => {
  const head = `02 000a ${ascii('onMetaData')} 08`;
  const PAIRS: readonly { name: string; value: FlvMetadata; bytes: string }[] = [
    { name: 'no entries', value: {}, bytes: `${head} 00000000 0000 09` },
    {
      name: 'a number, a boolean and a text',
      value: { a: 10, b: true, c: 'x' },
      bytes: `${head} 00000003 0001 61 00 4024000000000000 0001 62 01 01 0001 63 02 0001 78 0000 09`,
    },
    {
      name: 'an empty key',
      value: { '': false },
      bytes: `${head} 00000001 0000 01 00 0000 09`,
    },
  ];

  it.each(PAIRS)('builds $name', ({ value, bytes }) => {
    expect(buildMetadataBody(value)).toEqual(hex(bytes));
  });

  it.each(PAIRS)('parses $name', ({ value, bytes }) => {
    expect(parseMetadataBody(hex(bytes))).toEqual(value);
  });

  it('makes a script tag', () => {
    expect(metadataTag({}, 5)).toEqual({
      kind: 'script',
      timestampMs: 5,
      body: buildMetadataBody({}),
    });
  });

  it.each([
    { name: 'nothing', bytes: '' },
    { name: 'another script', bytes: `02 0001 61 08 00000000 0000 09` },
    { name: 'an object in place of the ECMA array', bytes: `${head.slice(0, -2)} 03 0000 09` },
    { name: 'a nested value', bytes: `${head} 00000001 0001 61 03 0000 09` },
    { name: 'no end', bytes: `${head} 00000000` },
  ])('refuses $name', ({ bytes }) => {
    expect(() => parseMetadataBody(hex(bytes))).toThrow(FlvError);
  });

  it('does not build a text of 65536 bytes', () => {
    expect(() => buildMetadataBody({ a: 'x'.repeat(65_536) })).toThrow(FlvError);
  });

  it('what is built is parsed back', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const value = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), text);
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 8 }), (metadata) => {
        expect(parseMetadataBody(buildMetadataBody(metadata))).toEqual(metadata);
      }),
    );
  });

  it('any bytes behind the name give metadata or an FlvError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
        try {
          parseMetadataBody(Uint8Array.of(...hex(head), ...tail));
        } catch (error) {
          expect(error).toBeInstanceOf(FlvError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('FLV files', () => {
  it.each([
    { tracks: { hasAudio: true, hasVideo: false }, flags: '04' },
    { tracks: { hasAudio: false, hasVideo: true }, flags: '01' },
    { tracks: { hasAudio: true, hasVideo: true }, flags: '05' },
  ])('start with the flags $flags', ({ tracks, flags }) => {
    expect(buildFlvFileHeader(tracks)).toEqual(hex(`464c5601 ${flags} 00000009 00000000`));
  });

  it.each([
    { name: 'at 0', timestampMs: 0, stamp: '000000 00' },
    { name: 'at 24 bits', timestampMs: 0xffffff, stamp: 'ffffff 00' },
    { name: 'past 24 bits', timestampMs: 0x1000001, stamp: '000001 01' },
    { name: 'past 31 bits', timestampMs: 0x8765_4321, stamp: '654321 87' },
    { name: 'past 32 bits', timestampMs: 2 ** 32 + 5, stamp: '000005 00' },
  ])('hold a tag $name', ({ timestampMs, stamp }) => {
    const tag = buildFlvFileTag({ kind: 'audio', timestampMs, body: hex('af01aa') });

    expect(tag).toEqual(hex(`08 000003 ${stamp} 000000 af01aa 0000000e`));
  });

  it('tell audio, video and script apart', () => {
    const typeOf = (kind: 'audio' | 'video' | 'script'): number | undefined =>
      buildFlvFileTag({ kind, timestampMs: 0, body: hex('00') })[0];

    expect([typeOf('audio'), typeOf('video'), typeOf('script')]).toEqual([8, 9, 18]);
  });
});
