import { describe, expect, it } from 'vitest';
import { PcmAacEncoder } from '#testkit';
import {
  AUDIO,
  mediaWorld,
  brokenEncoder,
  asking,
} from '../../../../test/support/rtp-media-world.ts';

describe('the codecs of a leg', () => {
  const encoder = new PcmAacEncoder();
  const missing = [
    ['opus', 'install one'],
    ['speex', 'install two'],
  ] as const;

  it('are those that are asked for and can be decoded here', async () => {
    const all = await mediaWorld(() => encoder).open(asking('opus', 'PCMU'));
    const some = await mediaWorld(() => encoder, 1, missing).open(asking('opus', 'PCMU', 'speex'));

    expect(all.codecs).toEqual(['opus', 'PCMU']);
    expect(some.codecs).toEqual(['PCMU']);
  });

  it('fail the call when there are none, and say what to install', async () => {
    const { open } = mediaWorld(() => encoder, 1, missing);

    await expect(open(asking('opus'))).rejects.toMatchObject({
      code: 'CODEC_MISSING',
      detail: 'install one',
    });
  });

  it.each([
    { codec: 'opus', clockRate: 48_000, sourceRate: 48_000 },
    { codec: 'speex', clockRate: 16_000, sourceRate: 16_000 },
    { codec: 'G722', clockRate: 8000, sourceRate: 16_000 },
    { codec: 'PCMU', clockRate: 8000, sourceRate: 8000 },
  ] as const)('give the path its rate: $codec', async ({ codec, clockRate, sourceRate }) => {
    const { create } = brokenEncoder();
    const rates: number[] = [];
    const { open } = mediaWorld((options) => {
      rates.push(options.sourceRate);
      return create(options);
    });
    const media = await open(asking(codec));

    const payloadTypes = new Map([[111, { codec, clockRate, channels: 1 }]] as const);
    media.start({ ...AUDIO, codec, clockRate, payloadType: 111, payloadTypes }, () => undefined);
    const path = media.describe();
    media.stop();

    expect(rates).toEqual([sourceRate]);
    expect(path).toContain(`111:${codec.toLowerCase()}`);
  });
});
