import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FRAME_BINS } from '#protocol/aac';
import { openPage } from '../../support/browser.ts';
import type { BrowserPage } from '../../support/browser.ts';
import type { Judge } from './aac-judges.ts';
import { flvOf } from './aac-streams.ts';
import type { AacStream } from './aac-streams.ts';

const require = createRequire(import.meta.url);
const MPEGTS = require.resolve('mpegts.js');
const DECODERS = new URL('browser-decoders.mjs', import.meta.url);
/** Of a rounded time in the container. */
const SLACK_SECONDS = 0.05;

/** What the page's `decodeAll` gives for a stream. */
interface Decoded {
  readonly samples: number;
  readonly outputs: number;
  readonly errors: readonly string[];
}

/** What the page's `playFlv` gives. */
interface Played {
  readonly problem?: string;
  readonly currentTime: number;
  readonly duration: number;
}

async function withPage<T>(
  streams: readonly AacStream[],
  work: (page: BrowserPage) => Promise<T>,
): Promise<T> {
  const page = await openPage(
    new Map([
      ['/mpegts.js', readFileSync(MPEGTS)],
      ['/decoders.mjs', readFileSync(DECODERS)],
    ]),
  );
  streams.forEach((stream, at) =>
    page.files.set(pathOf(at), { type: 'video/x-flv', body: flvOf(stream) }),
  );
  try {
    return await work(page);
  } finally {
    await page.close();
  }
}

const pathOf = (at: number): string => `/${at}.flv`;

/** Chromium's own decoder (WebCodecs): an output for each frame, no error, every sample. */
export const webCodecsJudge: Judge = (streams) =>
  withPage(streams, async (page) => {
    const jobs = streams.map(({ options }, at) => ({
      path: pathOf(at),
      sampleRate: options.sampleRate,
      numberOfChannels: options.channels,
    }));
    const results = (await page.call('decodeAll', jobs)) as readonly Decoded[];
    return streams.flatMap(({ name, frames }, at) => {
      const { samples, outputs, errors } = results[at]!;
      const isWhole = samples === frames.length * FRAME_BINS && outputs === frames.length;
      if (isWhole && errors.length === 0) return [];
      return [`${name}: ${samples} samples of ${frames.length} frames: ${errors.join()}`];
    });
  });

/** Chromium's MediaSource, fed by mpegts.js: played to its end. */
export const mediaSourceJudge: Judge = (streams) =>
  withPage(streams, async (page) => {
    const complaints: string[] = [];
    for (const [at, { name, frames, options }] of streams.entries()) {
      const { problem, currentTime, duration } = (await page.call('playFlv', pathOf(at))) as Played;
      const due = (frames.length * FRAME_BINS) / options.sampleRate;
      const isWhole = Math.abs(currentTime - due) < SLACK_SECONDS;
      if (problem === undefined && isWhole && duration === currentTime) continue;
      complaints.push(`${name}: at ${currentTime} of ${due} s: ${problem}`);
    }
    return complaints;
  });
