import { beforeAll, describe, expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { PCMU } from '#protocol/g711';
import { SeededRandom, makeSpeech } from '#testkit';
import { bookComplaints, frameBits } from './support/aac-books.ts';
import { faadJudge, ffmpegJudge } from './support/aac-judges.ts';
import { encodeStream, packetsOf } from './support/aac-streams.ts';
import type { AacStream } from './support/aac-streams.ts';

/** `AAC_MINUTES=60`: the whole hour. */
const MINUTES = Number(process.env['AAC_MINUTES'] ?? 1);
const TIMEOUT_MS = 60_000 + MINUTES * 10_000;
const SOURCE_RATE = 8000;
/** Peak of the noise of the room, in 16-bit units. */
const ROOM_NOISE = 25;
const TEXT =
  'The quick brown fox jumps over the lazy dog. She sells six fresh sea shells, and sings to ' +
  'Charles. The soft cushion broke the fall of the man. Help the woman get back to her feet.';

let stream: AacStream;

/** The same sentences again and again, near and far, with pauses between, in a room, through G.711. */
function conversation(said: Int16Array, samples: number): Int16Array {
  const random = new SeededRandom(60);
  const pcm = new Int16Array(samples);
  let [at, gain] = [0, 0.7];
  for (let index = 0; index < samples; index += 1, at += 1) {
    if (at >= said.length) {
      gain = 0.05 + random.below(1000) / 1000;
      at = -random.below(3 * SOURCE_RATE);
    }
    const voice = Math.max(-31_000, Math.min(31_000, gain * (said[at] ?? 0)));
    pcm[index] = Math.round(voice + random.below(2 * ROOM_NOISE + 1) - ROOM_NOISE);
  }
  const codes = new Uint8Array(samples);
  PCMU.encode(pcm, codes);
  PCMU.decode(codes, pcm);
  return pcm;
}

describe(`${MINUTES} minutes of speech`, () => {
  beforeAll(async () => {
    // Not a whole number of packets.
    const pcm = conversation(await makeSpeech(TEXT), MINUTES * 60 * SOURCE_RATE + 77);
    const options = {
      sourceRate: SOURCE_RATE,
      sampleRate: 44_100,
      channels: 1,
      bitrateKbps: 64,
    } as const;
    stream = encodeStream(createWasmAacEncoder, options, packetsOf(pcm, options));
  }, TIMEOUT_MS);

  it('have the rate they were told, to half a percent', () => {
    const bits = 8 * stream.frames.reduce((sum, frame) => sum + frame.length, 0);
    const { mean } = frameBits(stream.options);

    expect(Math.abs(bits / stream.frames.length / mean - 1)).toBeLessThan(0.005);
  });

  it.each([
    ["ourselves, who know the decoder's buffer", bookComplaints],
    ['ffmpeg', ffmpegJudge('aac')],
    ['faad', faadJudge],
  ])(
    'are right for %s, to the last sample',
    async (_, judge) => {
      expect(await judge([stream])).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
