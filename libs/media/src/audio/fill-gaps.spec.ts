import { describe, expect, it } from 'vitest';
import { RtpPacket, parseRtp } from '#protocol/rtp';
import { PcmAacEncoder, RtpSource, playDeliveries, tone } from '#testkit';
import type { Delivery } from '#testkit';
import type { AudioFormat } from '../index.ts';
import { createAudioPath } from '../index.ts';
import { PCMU_DECODER } from './audio-decoder.ts';
import type { AudioDecoder } from './audio-decoder.ts';

const PCMU: AudioFormat = { codec: 'PCMU', clockRate: 8000, channels: 1 };
const CN: AudioFormat = { codec: 'CN', clockRate: 8000, channels: 1 };
const OPUS: AudioFormat = { codec: 'opus', clockRate: 8000, channels: 1 };

const levelOf = (samples: readonly number[]): number => {
  const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
  return 20 * Math.log10(Math.sqrt(power) / 32_768);
};

/** The largest bend between neighbours: a click is one that the sound itself has not. */
const bendOf = (samples: readonly number[]): number =>
  samples.reduce((most, at, i) => {
    const [before, after] = [samples[i - 1] ?? at, samples[i + 1] ?? at];
    return Math.max(most, Math.abs(before - 2 * at + after));
  }, 0);

const second = (samples: readonly number[], at: number): readonly number[] =>
  samples.slice(at * 8000, (at + 1) * 8000);

const ownBend = (heard: readonly number[]): number => bendOf(second(heard, 33).slice(0, 7000));
/** Full scale less 30 dB. */
const CLICK = 1036;

/** Two seconds of a tone, half a minute of pause, two seconds of the tone. */
function playPause(pause: (source: RtpSource) => Delivery[]) {
  const encoder = new PcmAacEncoder();
  const payloadTypes = new Map([
    [0, PCMU],
    [13, CN],
  ]);
  const path = createAudioPath({ payloadTypes, encoder });
  path.start();
  const source = new RtpSource({ signal: tone(440.3), marksTalkspurts: true });
  const sent = [...source.take(2000), ...pause(source), ...source.take(2000)];
  playDeliveries(path, sent, { untilMs: 34_000 });
  return { path, heard: encoder.heard };
}

describe('a pause of half a minute', () => {
  it('sounds as the sender says when it sends comfort noise', () => {
    const { path, heard } = playPause((source) =>
      source.comfortNoise(30_000, { levelDb: 50, everyMs: 400 }),
    );

    for (const at of [3, 15, 30]) expect(Math.abs(levelOf(second(heard, at)) + 50)).toBeLessThan(2);
    expect(levelOf(second(heard, 33))).toBeGreaterThan(-20);
    expect(bendOf(heard.slice(8 * 500, 8 * 33_900))).toBeLessThan(ownBend(heard) + CLICK);
    expect(path.stats()).toMatchObject({ lost: 0, concealedMs: 0 });
    expect(heard).toHaveLength(8 * 34_000);
  });

  it('is silent when the sender sends nothing', () => {
    const { path, heard } = playPause((source) => {
      source.pause(30_000);
      return [];
    });

    for (const at of [3, 15, 30])
      expect(second(heard, at).every((sample) => sample === 0)).toBe(true);
    expect(levelOf(second(heard, 33))).toBeGreaterThan(-20);
    expect(bendOf(heard.slice(8 * 500, 8 * 33_900))).toBeLessThan(ownBend(heard) + CLICK);
    expect(path.stats()).toMatchObject({ lost: 0, concealedMs: 60 });
    expect(heard).toHaveLength(8 * 34_000);
  });
});

/** A codec that conceals by a sample of its own, and remembers what it was asked. */
function concealingDecoder() {
  const followers: (number | undefined)[] = [];
  const decoder: AudioDecoder = {
    ...PCMU_DECODER,
    isStateless: false,
    conceal: (out, sampleCount, next) => {
      followers.push(next?.[0]);
      out.fill(1234, 0, sampleCount);
    },
  };
  return { decoder, followers };
}

function firstPayloadByte({ bytes }: Delivery): number | undefined {
  const packet = new RtpPacket();
  parseRtp(bytes, packet);
  return bytes[packet.payloadOffset];
}

describe('a codec with a concealment of its own', () => {
  function playLoss(lost: readonly number[]) {
    const { decoder, followers } = concealingDecoder();
    const encoder = new PcmAacEncoder();
    const payloadTypes = new Map([[96, OPUS]]);
    const path = createAudioPath({ payloadTypes, encoder, createDecoder: () => decoder });
    path.start();
    const sent = new RtpSource({ signal: (i) => i * 3, payloadType: 96 }).take(1000);
    const arriving = sent.filter((_, index) => !lost.includes(index));
    playDeliveries(path, arriving, { untilMs: 1000 });
    return { sent, followers, heard: encoder.heard, stats: path.stats() };
  }

  it('fills its holes itself, and is given the packet right behind', () => {
    const { sent, followers, heard, stats } = playLoss([20, 30, 31, 32]);

    const behind = [21, 33].map((index) => sent.slice(index, index + 1).map(firstPayloadByte)[0]);
    expect(followers).toEqual([behind[0], undefined, undefined, behind[1]]);
    expect(stats).toMatchObject({ lost: 4, concealedMs: 80 });
    expect(heard.filter((sample) => sample === 1234)).toHaveLength(4 * 160);
  });

  it('is not asked for more than 240 ms', () => {
    const lost = Array.from({ length: 20 }, (_, i) => 15 + i);

    const { followers } = playLoss(lost);

    expect(followers).toHaveLength(12);
  });
});
