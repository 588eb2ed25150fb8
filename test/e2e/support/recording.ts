import { execFile } from 'node:child_process';
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
  /** How much of the sound, edges left out, is that tone: 0 to 1. */
  readonly toneShare: number;
  /** What ffmpeg complains of while it decodes everything. */
  readonly complaints: string;
}

/** Lets ffprobe and ffmpeg judge a recording. */
export async function judge(path: string): Promise<Judgement> {
  const { audio } = await probeMedia(path);
  const times = await readPacketTimes(path);
  const steps = times.slice(1).map((time, index) => time.ptsSec - (times[index]?.ptsSec ?? 0));
  const samples = await decodeToPcm(path, { sampleRate: RATE });
  const edge = EDGE_SECONDS * RATE;
  const middle = samples.subarray(edge, Math.max(edge, samples.length - edge));
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
    toneShare: toneShare(middle, toneHz, RATE),
    complaints: stderr,
  };
}
