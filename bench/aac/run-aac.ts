import { isLibavAvailable } from '#adapters/aac-libav';
import { encoderCost } from './encoder-cost.ts';
import type { EncoderCost } from './encoder-cost.ts';
import { compareQuality } from './compare-quality.ts';
import type { QualityRow } from './compare-quality.ts';
import { telephoneSpeech } from './material.ts';
import { round } from '../rig/quantile.ts';

/** The one that counts: as many calls as a worker is made for. */
const CALLS = 100;
const OTHER_COUNTS = { alone: 1, at400: 400 } as const;

/**
 * What a frame of AAC costs that was PCM of a telephone before, beside FFmpeg's encoder in the same run, and how it
 * sounds beside FFmpeg's.
 */
export async function runAac(args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg !== '--json')) throw new Error('usage: npm run bench -- aac [--json]');
  const speech = await telephoneSpeech();
  const cost = encoderCost(speech, CALLS);
  const others = {
    alone: encoderCost(speech, OTHER_COUNTS.alone),
    at400: encoderCost(speech, OTHER_COUNTS.at400),
  };
  const quality = await compareQuality();
  printCosts({ 1: others.alone, 100: cost, 400: others.at400 });
  printQuality(quality);
  const { usPerFrame, ratio } = cost;
  const libavMissing = isLibavAvailable() ? {} : { libavMissing: 'node-av is not installed' };
  const figures = { bench: 'aac', usPerFrame, ratio, ...libavMissing, ...others, quality };
  if (args.includes('--json')) console.log(JSON.stringify(figures));
}

function printCosts(costs: Readonly<Record<string, EncoderCost>>): void {
  console.log(
    '8 kHz PCM to AAC-LC 44.1 kHz mono 64 kb/s, CPU per frame of 1024 samples, so many encoders',
  );
  for (const [count, { usPerFrame, ratio }] of Object.entries(costs)) {
    const theirs =
      usPerFrame.libav === null || ratio === null
        ? 'node-av is not installed'
        : `libav ${usPerFrame.libav} us, ratio ${ratio}`;
    console.log(`  ${count.padStart(3)} in turn: ours ${usPerFrame.ours} us, ${theirs}`);
  }
}

function printQuality(rows: readonly QualityRow[]): void {
  console.log('segmental SNR / log-spectral distance in dB, kb/s spent:');
  for (const { material, kbps, ours, ffmpegFast } of rows) {
    const [mine, theirs] = [ours, ffmpegFast].map(
      ({ segSnr, lsd, kbps: spent }) => `${segSnr} / ${lsd} (${round(spent, 1)})`,
    );
    console.log(`  ${material}, ${kbps} kb/s: ours ${mine}, ffmpeg fast ${theirs}`);
  }
}
