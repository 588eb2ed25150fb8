import { describe, expect, it } from 'vitest';
import { isLibavAvailable } from '#adapters/aac-libav';
import { silentLogger } from '#foundation';
import { decodable, openAudioDecoders } from './audio-decoders.ts';

const OPUS = { codec: 'opus', clockRate: 48_000, channels: 2 } as const;
const SPEEX = { codec: 'speex', clockRate: 8000, channels: 1 } as const;

describe('the decoders of a node', () => {
  it.each([
    { codec: 'PCMU', clockRate: 8000, channels: 1 },
    { codec: 'G722', clockRate: 8000, channels: 1 },
    { codec: 'L16', clockRate: 44_100, channels: 2 },
    OPUS,
  ] as const)('need nothing installed for $codec', (format) => {
    const { create, missing } = openAudioDecoders(silentLogger);

    expect(missing(format.codec)).toBeUndefined();
    expect(create(format)?.clockRate).toBe(format.clockRate);
  });

  it('decode Speex where node-av is, and say elsewhere what to install', () => {
    const decoders = openAudioDecoders(silentLogger);

    if (isLibavAvailable()) {
      expect(decoders.create(SPEEX)?.name).toBe('speex(8000)');
      expect(decodable(['speex', 'PCMU'], decoders)).toEqual(['speex', 'PCMU']);
    } else {
      expect(decoders.create(SPEEX)).toBeUndefined();
      expect(decodable(['speex', 'PCMU'], decoders)).toEqual(['PCMU']);
      const detail = expect.stringContaining('npm install node-av') as string;
      expect(() => decodable(['speex'], decoders)).toThrow(
        expect.objectContaining({ code: 'CODEC_MISSING', detail }),
      );
    }
  });

  it('are told once when they are missing', () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (event: string) => void warnings.push(event) };
    const decoders = openAudioDecoders(logger);

    expect(warnings).toEqual([]);
    decoders.missing('speex');
    decoders.missing('speex');
    decoders.create(SPEEX);

    expect(warnings).toEqual(isLibavAvailable() ? [] : ['audio.codec_missing']);
  });
});
