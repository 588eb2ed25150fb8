import { describe, expect, it } from 'vitest';
import { bookComplaints } from './support/aac-books.ts';
import { faadJudge, ffmpegJudge } from './support/aac-judges.ts';
import type { Judge } from './support/aac-judges.ts';
import { allCases, coveringCases, encodeCase, pairsOf } from './support/aac-streams.ts';
import { createReferenceEncoder } from './support/reference-factory.ts';
import type { StreamCase } from './support/aac-streams.ts';

/** `AAC_CASES=all`: every signal with all settings, some 10,000 streams. */
const isWhole = process.env['AAC_CASES'] === 'all';
const SECONDS = 0.7;
const BATCH = 400;
const TIMEOUT_MS = isWhole ? 1_800_000 : 60_000;

const cases = isWhole ? allCases() : coveringCases(allCases());

async function judged(judge: Judge, some: readonly StreamCase[] = cases): Promise<string[]> {
  const complaints: string[] = [];
  for (let at = 0; at < some.length; at += BATCH) {
    const batch = some.slice(at, at + BATCH);
    complaints.push(
      ...(await judge(batch.map((one) => encodeCase(createReferenceEncoder, one, SECONDS)))),
    );
  }
  return complaints;
}

describe('streams of all kinds of sound, rate and channels', () => {
  it('are so many that every two settings meet', () => {
    expect(new Set(cases.flatMap(pairsOf))).toEqual(new Set(allCases().flatMap(pairsOf)));
  });

  it.each([
    ['ourselves', bookComplaints],
    ['ffmpeg aac', ffmpegJudge('aac')],
    ['ffmpeg aac_fixed', ffmpegJudge('aac_fixed')],
    ['faad', faadJudge],
  ])(
    'are right for %s without a word, to the last sample',
    async (_, judge) => {
      expect(await judged(judge)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
