import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { decodeToPcm, probeMedia, readPacketTimes } from '#adapters/transcode-ffmpeg';
import type { AudioProbe } from '#adapters/transcode-ffmpeg';
import { dominantToneHz, toneShare } from '#testkit';

const execute = promisify(execFile);
const RATE = 16_000;
/** What the jitter buffer and the encoder's first frames may take before the tone is there. */
const EDGE_SECONDS = 0.5;

/** What foreign programs find in a recording. */
export interface Judgement {
  readonly audio: AudioProbe | undefined;
  readonly durationSec: number;
  /** Packets whose time lies before the one before. */
  readonly backwardSteps: number;
  readonly largestGapMs: number;
  readonly toneHz: number;
  /**
   * How much of the sound is that tone, half a percent up or down, 0 to 1: the median of windows of 200 ms, so that a
   * packet that came late on a busy machine (and shifted the phase) does not count as another sound.
   */
  readonly toneShare: number;
  /** The sound itself, edges left out. */
  readonly samples: Int16Array;
  /** What ffmpeg complains of while it decodes everything. */
  readonly complaints: string;
}

const WINDOW = RATE / 5;

function windows(samples: Int16Array): Int16Array[] {
  const count = Math.floor(samples.length / WINDOW);
  return Array.from({ length: count }, (_, index) =>
    samples.subarray(index * WINDOW, (index + 1) * WINDOW),
  );
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** How much of a recording's sound is a tone that should not be there: the most of any window of 200 ms. */
export function loudestShare(samples: Int16Array, toneHz: number): number {
  return Math.max(0, ...toneShares(samples, toneHz));
}

/** How much of the sound is one tone, 0 to 1, in one window of 200 ms after the other. */
export function toneShares(samples: Int16Array, toneHz: number): readonly number[] {
  return windows(samples).map((part) => toneShare(part, toneHz, RATE));
}

const BEEP_HZ = 1000;
const BEEP_BLOCK_MS = 5;

/** When beeps of 1 kHz began behind at least 200 ms without one, to 5 ms. */
export function beepsOf(samples: Int16Array): readonly number[] {
  const block = (RATE * BEEP_BLOCK_MS) / 1000;
  const beeps: number[] = [];
  let lastAtMs = -Infinity;
  for (let at = 0; at + block <= samples.length; at += block) {
    if (toneShare(samples.subarray(at, at + block), BEEP_HZ, RATE) < 0.5) continue;
    const atMs = (at * 1000) / RATE;
    if (atMs - lastAtMs > 200 && atMs > 200) beeps.push(atMs);
    lastAtMs = atMs;
  }
  return beeps;
}

/** How far the pitch may be off while the delay follows the network: the sound is played faster or slower. */
const MOST_DETUNED = 0.005;
const DETUNING_STEP = 0.001;

/** How much of a window is the tone, or one so near that only the speed of playing differs. */
function nearToneShare(part: Int16Array, toneHz: number): number {
  let best = 0;
  for (let off = -MOST_DETUNED; off <= MOST_DETUNED; off += DETUNING_STEP) {
    best = Math.max(best, toneShare(part, toneHz * (1 + off), RATE));
  }
  return best;
}

/** One tone, or with 0 Hz silence, and for how long it sounded. */
export interface Sound {
  readonly toneHz: number;
  readonly seconds: number;
}

/** A window with less than this per sample is silent. */
const SILENT_AMPLITUDE = 100;

/** The tone of a window: 0 for silence, undefined while one sound gives way to another. */
function toneOf(part: Int16Array, tones: readonly number[]): number | undefined {
  if (part.every((sample) => Math.abs(sample) < SILENT_AMPLITUDE)) return 0;
  return tones.find((toneHz) => toneShare(part, toneHz, RATE) > 0.9);
}

/**
 * What is heard one after the other, by windows of 200 ms. A window that is none of it counts for the sound before, so
 * the seconds are true to 0.4 s. The silence before the first sound is left out: a busy machine may be late to speak.
 */
export function soundsOf(samples: Int16Array, tones: readonly number[]): Sound[] {
  const sounds: { toneHz: number; seconds: number }[] = [];
  for (const part of windows(samples)) {
    const toneHz = toneOf(part, tones) ?? sounds.at(-1)?.toneHz ?? 0;
    const last = sounds.at(-1);
    if (last === undefined && toneHz === 0) continue;
    if (last?.toneHz === toneHz) last.seconds += WINDOW / RATE;
    else sounds.push({ toneHz, seconds: WINDOW / RATE });
  }
  return sounds;
}

/** The sound of a recording, edges left out; it may still grow. */
async function listen(path: string): Promise<Int16Array> {
  const samples = await decodeToPcm(path, { sampleRate: RATE });
  const edge = EDGE_SECONDS * RATE;
  return samples.subarray(edge, Math.max(edge, samples.length - edge));
}

const LISTEN_EVERY_MS = 700;
const LISTEN_TIMEOUT_MS = 60_000;

/**
 * Listens to a recording again and again while it grows, with breaks: the processor belongs to those who speak.
 * @throws Error when it does not sound as wanted in a minute.
 */
export async function untilHeard(
  path: () => string,
  isAsWanted: (samples: Int16Array) => boolean,
): Promise<void> {
  const deadline = performance.now() + LISTEN_TIMEOUT_MS;
  while (performance.now() < deadline) {
    await pause(LISTEN_EVERY_MS);
    // There is nothing to be decoded before the first frames are written.
    const samples = await listen(path()).catch(() => new Int16Array(0));
    if (isAsWanted(samples)) return;
  }
  throw new Error(`${path()} does not sound as wanted`);
}

/** Lets ffprobe and ffmpeg judge a recording. */
export async function judge(path: string): Promise<Judgement> {
  const { audio } = await probeMedia(path);
  const times = await readPacketTimes(path);
  const steps = times.slice(1).map((time, index) => time.ptsSec - (times[index]?.ptsSec ?? 0));
  const middle = await listen(path);
  const second = middle.subarray(0, RATE);
  const toneHz = dominantToneHz(second, RATE, { fromHz: 200, toHz: 3_400 });
  const { stderr } = await execute('ffmpeg', ['-v', 'warning', '-i', path, '-f', 'null', '-']);
  const first = times[0]?.ptsSec ?? 0;
  const last = times.at(-1);
  return {
    audio,
    durationSec: last === undefined ? 0 : last.ptsSec + last.durationSec - first,
    backwardSteps: steps.filter((step) => step <= 0).length,
    largestGapMs: Math.max(0, ...steps) * 1000,
    toneHz,
    toneShare: median(windows(middle).map((part) => nearToneShare(part, toneHz))),
    samples: middle,
    complaints: stderr,
  };
}
