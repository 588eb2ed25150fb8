import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { createAudioPath } from '#media';
import type { AacEncoder, AudioFormat } from '#media';
import { buildFlvFileHeader, buildFlvFileTag } from '#protocol/flv';
import {
  PcmAacEncoder,
  RtpSource,
  channelsOf,
  dominantToneHz,
  l16Encoder,
  playDeliveries,
  tone,
  toneShare,
} from '#testkit';
import type { Delivery, PayloadEncoder } from '#testkit';

/** What ffmpeg makes of a tone in a codec, given away packet by packet. */
function encodedTone(toneHz: number, seconds: number): PayloadEncoder {
  const source = `sine=frequency=${toneHz}:sample_rate=16000:duration=${seconds},volume=12dB`;
  const output = ['-c:a', 'g722', '-f', 'g722', 'pipe:1'];
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...output]);
  let at = 0;
  return {
    payloadType: 9,
    sampleRate: 16_000,
    clockRate: 8000,
    channels: 1,
    encode: (pcm) => bytes.subarray(at, (at += pcm.length / 2)),
  };
}

const TYPES = new Map<number, AudioFormat>([
  [0, { codec: 'PCMU', clockRate: 8000, channels: 1 }],
  [8, { codec: 'PCMA', clockRate: 8000, channels: 1 }],
  [9, { codec: 'G722', clockRate: 8000, channels: 1 }],
  [10, { codec: 'L16', clockRate: 44_100, channels: 2 }],
  [96, { codec: 'L16', clockRate: 16_000, channels: 1 }],
]);

/** Plays packets through a path in virtual time and gives the file that a recorder would write. */
function broadcast(deliveries: readonly Delivery[], encoder: AacEncoder, untilMs: number): Buffer {
  const path = createAudioPath({ payloadTypes: TYPES, encoder });
  const flv = [buildFlvFileHeader({ hasAudio: true, hasVideo: false })];
  path.fanOut.add({
    write: (tag) => void flv.push(buildFlvFileTag(tag)),
    tick: () => undefined,
    end: () => undefined,
    describe: () => 'file',
  });
  path.start();
  playDeliveries(path, deliveries, { untilMs });
  path.end();
  return Buffer.concat(flv);
}

/** The same, heard in front of the encoder. */
function played(deliveries: readonly Delivery[], encoder: PcmAacEncoder, untilMs: number) {
  const path = createAudioPath({ payloadTypes: TYPES, encoder });
  path.start();
  playDeliveries(path, deliveries, { untilMs });
  return { stats: path.stats(), heard: Int16Array.from(encoder.heard) };
}

/** One of two interleaved channels. */
const side = (samples: Int16Array, channel: number): Int16Array =>
  samples.filter((_, index) => index % 2 === channel);

describe('codecs through a path', () => {
  it.each([8000, 16_000])(
    'M9: PCMU, PCMA, G.722 and L16 in turn without a word: the right pitch within 200 ms, at %i Hz',
    (rate) => {
      const source = new RtpSource({ signal: tone(440) });
      const train = source.take(2000);
      source.change({ codec: 'PCMA', signal: tone(880) });
      train.push(...source.take(2000));
      source.change({ codec: encodedTone(1320, 3), signal: () => 0 });
      train.push(...source.take(2000));
      const wideband = l16Encoder({ sampleRate: 16_000, payloadType: 96 });
      source.change({ codec: wideband, signal: tone(1760, 8000, 16_000) });
      train.push(...source.take(2000));

      const { stats, heard } = played(train, new PcmAacEncoder(rate), 8000);

      const at = (ms: number): number => (ms * rate) / 1000;
      for (const [index, pitch] of [440, 880, 1320, 1760].entries()) {
        const part = heard.subarray(at(index * 2000 + 200), at(index * 2000 + 2000));
        expect(toneShare(part, pitch, rate), `${pitch} Hz`).toBeGreaterThan(0.98);
      }
      expect(heard).toHaveLength(at(8000));
      expect(stats).toMatchObject({ unknownPayload: 0, lost: 0, late: 0 });
    },
  );

  it('G.722 is heard above what G.711 can carry', () => {
    const source = new RtpSource({ codec: encodedTone(6000, 3), signal: () => 0 });

    const { heard } = played(source.take(2000), new PcmAacEncoder(16_000), 2000);

    expect(toneShare(heard.subarray(8000), 6000, 16_000)).toBeGreaterThan(0.98);
  });

  it('stereo stays stereo on an output of two channels, and mono is on both', () => {
    const sides = [tone(440, 8000, 44_100), tone(880, 8000, 44_100)];
    const source = new RtpSource({
      codec: l16Encoder({ channels: 2 }),
      signal: channelsOf(sides),
    });
    const train = source.take(2000);
    source.change({ codec: 'PCMU', signal: tone(660) });
    train.push(...source.take(2000));

    const { heard } = played(train, new PcmAacEncoder(44_100, 2), 4000);

    const part = (fromMs: number): Int16Array =>
      heard.subarray(fromMs * 88.2, (fromMs + 1500) * 88.2);
    expect(heard).toHaveLength(4 * 2 * 44_100);
    expect(toneShare(side(part(300), 0), 440, 44_100)).toBeGreaterThan(0.98);
    expect(toneShare(side(part(300), 1), 880, 44_100)).toBeGreaterThan(0.98);
    expect(toneShare(side(part(2400), 0), 660, 44_100)).toBeGreaterThan(0.98);
    expect(side(part(2400), 1)).toEqual(side(part(2400), 0));
  });

  it('stereo is mixed for an output of one channel', () => {
    const sides = [tone(440, 8000, 44_100), tone(880, 4000, 44_100)];
    const source = new RtpSource({ codec: l16Encoder({ channels: 2 }), signal: channelsOf(sides) });

    const { heard } = played(source.take(2000), new PcmAacEncoder(), 2000);

    const part = heard.subarray(4000);
    expect(dominantToneHz(part, 8000)).toBe(440);
    expect(toneShare(part, 440, 8000)).toBeCloseTo(0.8, 1);
    expect(toneShare(part, 880, 8000)).toBeCloseTo(0.2, 1);
  });

  it('stereo is stereo in what ffmpeg makes of the broadcast', () => {
    const sides = [tone(440, 8000, 44_100), tone(880, 8000, 44_100)];
    const source = new RtpSource({ codec: l16Encoder({ channels: 2 }), signal: channelsOf(sides) });
    const options = {
      sourceRate: 44_100,
      sampleRate: 44_100,
      channels: 2,
      bitrateKbps: 128,
    } as const;

    const flv = broadcast(source.take(3000), createWasmAacEncoder(options), 3000);

    const args = ['-v', 'warning', '-xerror', '-f', 'flv', '-i', 'pipe:0', '-f', 's16le', 'pipe:1'];
    const { stdout, stderr } = spawnSync('ffmpeg', args, { input: flv, maxBuffer: 2 ** 24 });
    const samples = new Int16Array(Uint8Array.from(stdout).buffer);
    const part = samples.subarray(88_200, 2 * 88_200);
    expect(stderr.toString()).toBe('');
    expect(samples.length / 88_200).toBeGreaterThan(3);
    expect(samples.length / 88_200).toBeLessThan(3.1);
    expect(toneShare(side(part, 0), 440, 44_100)).toBeGreaterThan(0.98);
    expect(toneShare(side(part, 1), 880, 44_100)).toBeGreaterThan(0.98);
  });
});
