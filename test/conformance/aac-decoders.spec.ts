import { describe, expect, it } from 'vitest';
import { bookComplaints } from './support/aac-books.ts';
import { faadJudge, ffmpegJudge } from './support/aac-judges.ts';
import type { Judge } from './support/aac-judges.ts';
import { allCases, coveringCases, encodeCase, pairsOf } from './support/aac-streams.ts';
import { mediaSourceJudge, webCodecsJudge } from './support/browser-judges.ts';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import type { StreamCase } from './support/aac-streams.ts';

/** `AAC_CASES=all`: every signal with all settings, some 10,000 streams. */
const isWhole = process.env['AAC_CASES'] === 'all';
const SECONDS = 0.7;
const BATCH = 400;
const MOST_PLAYED = 20;
const TIMEOUT_MS = isWhole ? 1_800_000 : 60_000;

const cases = isWhole ? allCases() : coveringCases(allCases());

const isLoud = ({ signal, sampleRate }: StreamCase): boolean =>
  signal === 'full-scale noise' && sampleRate === 44_100;

async function judged(judge: Judge, some: readonly StreamCase[] = cases): Promise<string[]> {
  const complaints: string[] = [];
  for (let at = 0; at < some.length; at += BATCH) {
    const batch = some.slice(at, at + BATCH);
    complaints.push(
      ...(await judge(batch.map((one) => encodeCase(createWasmAacEncoder, one, SECONDS)))),
    );
  }
  return complaints;
}

const JUDGES: readonly (readonly [string, Judge])[] = [
  ['ourselves', bookComplaints],
  ['ffmpeg aac', ffmpegJudge('aac')],
  ['ffmpeg aac_fixed', ffmpegJudge('aac_fixed')],
  ['faad', faadJudge],
  ['Chromium', webCodecsJudge],
];

describe('streams of all kinds of sound, rate and channels', () => {
  it('are so many that every two settings meet', () => {
    expect(new Set(cases.flatMap(pairsOf))).toEqual(new Set(allCases().flatMap(pairsOf)));
  });

  it.each(JUDGES)(
    'are right for %s without a word, to the last sample',
    async (_, judge) => {
      expect(await judged(judge)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('are played by a browser to their end', async () => {
    expect(await judged(mediaSourceJudge, cases.slice(0, MOST_PLAYED))).toEqual([]);
  });

  it.each([...JUDGES, ['a browser', mediaSourceJudge]] as const)(
    'are not right for %s with half of a frame',
    async (_, judge) => {
      const stream = encodeCase(createWasmAacEncoder, cases.find(isLoud)!, SECONDS);
      const frames = stream.frames.map((frame, at) =>
        at === 9 ? frame.subarray(0, frame.length / 2) : frame,
      );

      expect(await judge([stream])).toEqual([]);
      expect(await judge([{ ...stream, frames }])).toHaveLength(1);
    },
  );

  it('are not right for ourselves with a frame less, or with more bits than were to be', async () => {
    const stream = encodeCase(createWasmAacEncoder, cases.find(isLoud)!, SECONDS);
    const options = { ...stream.options, bitrateKbps: stream.options.bitrateKbps / 2 };

    const [less] = await bookComplaints([{ ...stream, frames: stream.frames.slice(1) }]);
    const [late, more] = await bookComplaints([{ ...stream, options }]);

    expect(less).toMatch(/frames, not/);
    expect(late).toMatch(/bits of .* that came/);
    expect(more).toMatch(/bits a frame, not/);
  });
});
