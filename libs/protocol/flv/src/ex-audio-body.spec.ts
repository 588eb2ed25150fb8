import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FlvError,
  OPUS_CODEC_ID,
  buildOpusBody,
  opusFrameTag,
  opusSequenceStartTag,
  parseOpusBody,
} from './index.ts';
import type { OpusBody } from './index.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

describe('Opus bodies', () => {
  const PAIRS: readonly { name: string; value: OpusBody; bytes: string }[] = [
    {
      name: 'a sequence start',
      value: { packet: 'sequenceStart', payload: hex('4f70757348656164') },
      bytes: '90 4f707573 4f70757348656164',
    },
    {
      name: 'an empty sequence start',
      value: { packet: 'sequenceStart', payload: hex('') },
      bytes: '90 4f707573',
    },
    {
      name: 'a packet',
      value: { packet: 'codedFrames', payload: hex('f8fffe') },
      bytes: '91 4f707573 f8fffe',
    },
    {
      name: 'a sequence end',
      value: { packet: 'sequenceEnd', payload: hex('') },
      bytes: '92 4f707573',
    },
  ];

  it.each(PAIRS)('builds $name', ({ value, bytes }) => {
    expect(buildOpusBody(value)).toEqual(hex(bytes));
  });

  it.each(PAIRS)('parses $name', ({ value, bytes }) => {
    expect(parseOpusBody(hex(bytes))).toEqual(value);
  });

  it.each([
    { name: 'nothing', bytes: '', reason: 'too short' },
    { name: 'four bytes', bytes: '90 4f7075', reason: 'too short' },
    { name: 'AAC as of old', bytes: 'af 01 01020304', reason: 'names no codec' },
    { name: 'AAC by its four letters', bytes: '91 6d703461 01', reason: 'not Opus' },
    { name: 'a multichannel configuration', bytes: '94 4f707573 01', reason: 'type 4' },
    { name: 'several tracks', bytes: '95 014f7075 73', reason: 'not Opus' },
    { name: 'an extension', bytes: '97 4f707573', reason: 'type 7' },
  ])('refuses $name', ({ bytes, reason }) => {
    expect(() => parseOpusBody(hex(bytes))).toThrow(FlvError);
    expect(() => parseOpusBody(hex(bytes))).toThrow(reason);
  });

  it('throws nothing but its own error, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          parseOpusBody(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FlvError);
        }
      }),
    );
  });

  it('gives each packet a body of its own, as it was', () => {
    const packets = [hex('f8fffe'), new Uint8Array(9000).fill(7), hex('00')];

    const bodies = packets.map((packet) => opusFrameTag(packet, 5).body);

    expect(bodies.map((body) => parseOpusBody(body).payload)).toEqual(packets);
  });
});

describe('the tag in front of Opus', () => {
  it.each([
    { channels: 1, head: '4f70757348656164 01 01 0000 80bb0000 0000 00' },
    { channels: 2, head: '4f70757348656164 01 02 0000 80bb0000 0000 00' },
  ] as const)('carries the head of RFC 7845 for $channels channels', ({ channels, head }) => {
    const tag = opusSequenceStartTag(channels, 7);

    expect(tag).toMatchObject({ kind: 'audio', timestampMs: 7, isSequenceHeader: true });
    expect(parseOpusBody(tag.body)).toEqual({ packet: 'sequenceStart', payload: hex(head) });
  });

  it('has the number that the document gives as an example for onMetaData', () => {
    expect(OPUS_CODEC_ID).toBe(1_332_770_163);
  });
});
