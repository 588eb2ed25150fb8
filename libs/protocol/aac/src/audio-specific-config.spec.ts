import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AacError, buildAudioSpecificConfig, parseAudioSpecificConfig } from './index.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

const PAIRS = [
  {
    name: '44.1 kHz mono',
    value: { sampleRateHz: 44_100, channelConfiguration: 1 },
    bytes: '1208',
  },
  {
    name: '44.1 kHz stereo',
    value: { sampleRateHz: 44_100, channelConfiguration: 2 },
    bytes: '1210',
  },
  {
    name: '48 kHz stereo',
    value: { sampleRateHz: 48_000, channelConfiguration: 2 },
    bytes: '1190',
  },
  { name: '16 kHz mono', value: { sampleRateHz: 16_000, channelConfiguration: 1 }, bytes: '1408' },
  { name: '8 kHz mono', value: { sampleRateHz: 8_000, channelConfiguration: 1 }, bytes: '1588' },
  { name: '96 kHz 7.1', value: { sampleRateHz: 96_000, channelConfiguration: 7 }, bytes: '1038' },
  {
    name: 'a rate outside the table',
    value: { sampleRateHz: 44_101, channelConfiguration: 1 },
    bytes: '1780562288',
  },
];

describe('AudioSpecificConfig', () => {
  it.each(PAIRS)('builds $name', ({ value, bytes }) => {
    expect(buildAudioSpecificConfig(value)).toEqual(hex(bytes));
  });

  it.each(PAIRS)('parses $name', ({ value, bytes }) => {
    expect(parseAudioSpecificConfig(hex(bytes))).toEqual(value);
  });

  it('ignores the SBR hint that some encoders append', () => {
    expect(parseAudioSpecificConfig(hex('120856e500'))).toEqual(PAIRS[0]?.value);
  });

  it.each([
    { name: 'no bytes', bytes: '' },
    { name: 'one byte', bytes: '12' },
    { name: 'an explicit rate cut short', bytes: '17805622' },
    { name: 'HE-AAC', bytes: '2b098800' },
    { name: 'a reserved rate', bytes: '1688' },
    { name: 'no channel configuration', bytes: '1200' },
    { name: 'channel configuration 8', bytes: '1240' },
    { name: 'frames of 960 samples', bytes: '120c' },
    { name: 'an explicit rate of 0', bytes: '1780000008' },
  ])('refuses $name', ({ bytes }) => {
    expect(() => parseAudioSpecificConfig(hex(bytes))).toThrow(AacError);
  });

  it.each([
    { sampleRateHz: 0, channelConfiguration: 1 },
    { sampleRateHz: 44_100.5, channelConfiguration: 1 },
    { sampleRateHz: 0x1000000, channelConfiguration: 1 },
    { sampleRateHz: 44_100, channelConfiguration: 0 },
    { sampleRateHz: 44_100, channelConfiguration: 8 },
  ])('does not build $sampleRateHz Hz with configuration $channelConfiguration', (config) => {
    expect(() => buildAudioSpecificConfig(config)).toThrow(AacError);
  });

  it('what is built is parsed back', () => {
    const config = fc.record({
      sampleRateHz: fc.integer({ min: 1, max: 0xffffff }),
      channelConfiguration: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(config, (value) => {
        expect(parseAudioSpecificConfig(buildAudioSpecificConfig(value))).toEqual(value);
      }),
    );
  });

  it('any bytes give a configuration or an AacError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        try {
          parseAudioSpecificConfig(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AacError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
