import { decodeToPcm, probeMedia, readPacketTimes } from '#adapters/transcode-ffmpeg';
import type { PacketTime } from '#adapters/transcode-ffmpeg';
import { dominantToneHz, toneShare } from '#testkit';

/** What was found in a recorded stream. */
export interface StreamFigures {
  readonly codec: string;
  readonly profile: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly durationSec: number;
  /** The tone that the end of the stream holds most of. */
  readonly toneHz: number;
  /** How much of the end of the stream that tone is: 0 to 1. */
  readonly toneShare: number;
  /** Places where the next packet comes later than the last one ends. */
  readonly gaps: number;
  /** Places where time goes backwards. */
  readonly backwards: number;
}

/** Enough for any tone, small enough to scan quickly. */
const ANALYSIS_RATE = 8000;
const ANALYSIS_SECONDS = 1;
const WINDOW_SAMPLES = 1600;
/** The very end is left out: the encoder fades into its last, padded frame. */
const TAIL_SECONDS = 0.25;
/** FLV counts in milliseconds: neighbours may round apart by two. */
const ROUNDING_SEC = 0.002;

/** Reads a recording with ffprobe and ffmpeg. @throws TranscodeError when it cannot be read. */
export async function readStreamFigures(path: string): Promise<StreamFigures> {
  const probe = await probeMedia(path);
  const times = await readPacketTimes(path);
  const samples = await decodeToPcm(path, { sampleRate: ANALYSIS_RATE });
  const sampleRate = probe.audio?.sampleRate ?? 0;
  const end = Math.max(0, samples.length - TAIL_SECONDS * ANALYSIS_RATE);
  const tail = samples.subarray(Math.max(0, end - ANALYSIS_SECONDS * ANALYSIS_RATE), end);
  const toneHz = tail.length === 0 ? 0 : dominantToneHz(tail, ANALYSIS_RATE);
  return {
    codec: probe.audio?.codec ?? 'none',
    profile: probe.audio?.profile ?? '',
    sampleRate,
    channels: probe.audio?.channels ?? 0,
    durationSec: round(samples.length / ANALYSIS_RATE, 3),
    toneHz,
    toneShare: round(medianShare(tail, toneHz), 3),
    ...findBreaks(times, sampleRate),
  };
}

/** Of short windows the median: one late packet shifts the phase, and is no other sound. */
function medianShare(samples: Int16Array, toneHz: number): number {
  const count = Math.floor(samples.length / WINDOW_SAMPLES);
  const shares = Array.from({ length: count }, (_, index) => {
    const from = index * WINDOW_SAMPLES;
    return toneShare(samples.subarray(from, from + WINDOW_SAMPLES), toneHz, ANALYSIS_RATE);
  });
  return shares.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0;
}

const AAC_FRAME_SAMPLES = 1024;

/** Gaps and steps back between neighbouring packets of 1024 samples each. */
export function findBreaks(
  times: readonly PacketTime[],
  sampleRate: number,
): { gaps: number; backwards: number } {
  const frameSec = AAC_FRAME_SAMPLES / sampleRate;
  const steps = times.slice(1).map(({ ptsSec }, index) => ptsSec - (times[index]?.ptsSec ?? 0));
  return {
    gaps: steps.filter((step) => step > frameSec + ROUNDING_SEC).length,
    backwards: steps.filter((step) => step < 0).length,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
