import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  Analysis,
  type AnalysedFrame,
  bandOffsetsOf,
  bandRange,
  chooseMidSide,
  chooseSections,
  createChannelFrame,
  EIGHT_SHORT,
  planResampling,
  type RawDataBlock,
  writeRawDataBlock,
} from '#protocol/aac';
import { joinAdts } from '#testkit';

type Channel = RawDataBlock['channels'][0];

/** Tones that are struck every 143 ms and die away; the right channel is nearly the left one. Full scale 1. */
function struck(seconds: number, channel: number): number {
  const age = (((seconds % 0.143) + 0.143) % 0.143) * 1000 - 60;
  const loudness = age < 0 ? Math.exp(-(age ** 2)) : Math.exp(-age / 15);
  const tones =
    Math.sin(2 * Math.PI * 740 * seconds) +
    (1 + 0.1 * channel) * Math.sin(2 * Math.PI * 1710 * seconds);
  return 0.25 * loudness * tones;
}

function pcmOf(rate: number, channels: number): Int16Array {
  return Int16Array.from({ length: 0.6 * rate * channels }, (_, n) =>
    Math.round(32_768 * struck(Math.floor(n / channels) / rate, n % channels)),
  );
}

/** The spectrum as finely as a frame has room for: the largest value of every band is about `largest`. */
function coded(
  frame: AnalysedFrame,
  channel: number,
  offsets: Uint16Array,
  largest: number,
): Channel {
  const result = createChannelFrame();
  result.windowSequence = frame.windowSequence;
  result.maxSfb = offsets.length - 1;
  result.groupCount = frame.groupCount;
  result.groupLengths.set(frame.groupLengths);
  const spectrum = frame.spectra[channel]!;
  for (let band = 0; band < result.groupCount * result.maxSfb; band += 1) {
    const { values, start, end } = bandRange(result, offsets, band);
    const peak = spectrum
      .subarray(start, end)
      .reduce((most, bin) => Math.max(most, Math.abs(bin)), 1);
    const finest = Math.ceil(100 + 4 * Math.log2(peak / largest ** (4 / 3)));
    const scalefactor = Math.max(114, finest);
    result.scalefactors[band] = scalefactor;
    for (let at = start; at < end; at += 1) {
      const size = (Math.abs(spectrum[at]!) / 2 ** ((scalefactor - 100) / 4)) ** 0.75;
      values[at] = Math.sign(spectrum[at]!) * Math.round(size);
    }
  }
  return result;
}

function frameBytes(frame: AnalysedFrame, sampleRateHz: number, largest: number): Uint8Array {
  const offsets = bandOffsetsOf(sampleRateHz);
  const bandOffsets = frame.windowSequence === EIGHT_SHORT ? offsets.short : offsets.long;
  const midSideMask = new Uint8Array(128);
  const [left, right] = frame.spectra;
  const layout = { groups: frame, bandOffsets, maxSfb: bandOffsets.length - 1 };
  if (right !== undefined) chooseMidSide(left!, right, layout, midSideMask);
  const channels = frame.spectra.map((_, channel) => coded(frame, channel, bandOffsets, largest));
  for (const channel of channels) chooseSections(channel, bandOffsets);
  const room = new Uint8Array(4000);
  const block = { offsets, channels: channels as [Channel, Channel], fillBytes: 0 };
  return room.slice(
    0,
    writeRawDataBlock(right === undefined ? block : { ...block, midSideMask }, room),
  );
}

function decode(adts: Buffer, channels: number): Float32Array[] {
  const options = '-v error -xerror -f aac -i - -f f32le -'.split(' ');
  const bytes = execFileSync('ffmpeg', options, { input: adts });
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: bytes.length / 4 / channels }, (__, n) =>
      bytes.readFloatLE(4 * (n * channels + channel)),
    ),
  );
}

/** What is heard beside the sound that is due, as late as the plan says, and how much louder it is. */
function compare(sound: Float32Array, channel: number, sampleRate: number, delay: number) {
  let error = 0;
  let product = 0;
  let power = 0;
  for (let n = 2048; n < sound.length - 1024; n += 1) {
    const due = struck((n - delay) / sampleRate, channel);
    error += (sound[n]! - due) ** 2;
    product += sound[n]! * due;
    power += due ** 2;
  }
  return { snrDb: 10 * Math.log10(power / error), levelDb: 20 * Math.log10(product / power) };
}

const STREAMS = [
  { sourceRate: 8_000, sampleRate: 44_100, channels: 1, largest: 800 },
  { sourceRate: 8_000, sampleRate: 48_000, channels: 1, largest: 800 },
  { sourceRate: 8_000, sampleRate: 32_000, channels: 1, largest: 800 },
  { sourceRate: 8_000, sampleRate: 16_000, channels: 1, largest: 200 },
  { sourceRate: 16_000, sampleRate: 44_100, channels: 1, largest: 800 },
  { sourceRate: 11_025, sampleRate: 48_000, channels: 1, largest: 800 },
  { sourceRate: 24_000, sampleRate: 44_100, channels: 1, largest: 400 },
  { sourceRate: 48_000, sampleRate: 16_000, channels: 1, largest: 60 },
  { sourceRate: 48_000, sampleRate: 44_100, channels: 2, largest: 120 },
  { sourceRate: 48_000, sampleRate: 48_000, channels: 2, largest: 120 },
] as const;

describe.each(STREAMS)(
  '$sourceRate Hz in a stream of $sampleRate Hz, channels: $channels',
  ({ sourceRate, sampleRate, channels, largest }) => {
    it.each([false, true])('is what ffmpeg decodes, short windows: %s', (shortBlocks) => {
      const plan = planResampling(sourceRate, sampleRate);
      const analysis = new Analysis(plan, { channels, shortBlocks });
      const frames: Uint8Array[] = [];
      const sequences = new Set<number>();
      const keep = (frame: AnalysedFrame) => {
        sequences.add(frame.windowSequence);
        frames.push(frameBytes(frame, sampleRate, largest));
      };
      analysis.push(pcmOf(sourceRate, channels), keep);
      analysis.flush(keep);

      const decoded = decode(joinAdts(frames, { sampleRateHz: sampleRate, channels }), channels);

      expect([...sequences].sort()).toEqual(shortBlocks ? [0, 1, 2, 3] : [0]);
      decoded.forEach((sound, channel) => {
        const delay = 1024 + plan.delaySamples;
        const { snrDb, levelDb } = compare(sound, channel, sampleRate, delay);
        expect(snrDb).toBeGreaterThan(36);
        expect(Math.abs(levelDb)).toBeLessThan(0.02);
      });
    });
  },
);
