import { execFileSync } from 'node:child_process';
import { buildAudioSpecificConfig } from '#protocol/aac';
import {
  aacFrameTag,
  aacSequenceHeaderTag,
  buildFlvFileHeader,
  buildFlvFileTag,
} from '#protocol/flv';
import type { ArrivedFrame } from '../rig/reader-process.ts';
import type { SentClick } from '../rig/sender-process.ts';

const FRAME_SAMPLES = 1024;
const SOURCE_RATE = 8000;
/** Of the loudest sample: what an AAC frame holds before a click is far below. */
const CLICK_SHARE = 0.5;
const MIN_GAP_SECONDS = 0.4;
/** Gaps between clicks differ by 80 ms and more; timestamps are as fine as a frame where packets were lost. */
const SAME_GAP_SECONDS = 0.035;
/** The gaps repeat after 8 s. */
const MAX_DELAY_MICROS = 8_000_000;
const MAX_PCM_BYTES = 512 * 1024 * 1024;

/** A click in what a decoder makes of the stream. */
interface HeardClick {
  /** On the stream's own timeline. */
  readonly atSeconds: number;
  /** When the last byte of the frame arrived that is needed to hear it. */
  readonly atMicros: number;
}

/** How long each click took from its RTP packet to the bytes of the AAC frame that lets a listener hear it. */
export function clickDelaysMs(
  sent: readonly SentClick[],
  frames: readonly ArrivedFrame[],
  sampleRate: number,
): readonly number[] {
  const heard = clicksIn(decode(frames, sampleRate), sampleRate).flatMap((sample): HeardClick[] => {
    const frame = frames[Math.floor(sample / FRAME_SAMPLES)];
    return frame === undefined
      ? []
      : [
          {
            atSeconds: frame.timestampMs / 1000 + (sample % FRAME_SAMPLES) / sampleRate,
            atMicros: frame.atMicros,
          },
        ];
  });
  return heard.flatMap((click, index) => {
    const delay = delayMicros(click, [heard[index - 1], heard[index + 1]], sent);
    return delay === undefined ? [] : [delay / 1000];
  });
}

/**
 * A click is known by the gap before it or the one behind it: where the playout changes its delay, one of them is another.
 * Of several that fit it is the last that was sent.
 */
function delayMicros(
  click: HeardClick,
  neighbours: readonly (HeardClick | undefined)[],
  sent: readonly SentClick[],
): number | undefined {
  const [before, behind] = neighbours.map((other) =>
    other === undefined ? NaN : Math.abs(other.atSeconds - click.atSeconds),
  );
  const origin = sent.findLast((candidate, index) => {
    const delay = click.atMicros - candidate.atMicros;
    const fits =
      isSameGap(before, candidate, sent[index - 1]) ||
      isSameGap(behind, candidate, sent[index + 1]);
    return fits && delay > 0 && delay < MAX_DELAY_MICROS;
  });
  return origin === undefined ? undefined : click.atMicros - origin.atMicros;
}

function isSameGap(heardSeconds = NaN, click: SentClick, other: SentClick | undefined): boolean {
  if (other === undefined) return false;
  const sentSeconds = Math.abs(click.sample - other.sample) / SOURCE_RATE;
  return Math.abs(sentSeconds - heardSeconds) < SAME_GAP_SECONDS;
}

/** Where clicks begin, in samples. */
function clicksIn(samples: Int16Array, sampleRate: number): readonly number[] {
  const loudest = samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  const clicks: number[] = [];
  let deafUntil = 0;
  for (const [index, sample] of samples.entries()) {
    if (index < deafUntil || Math.abs(sample) < loudest * CLICK_SHARE) continue;
    clicks.push(index);
    deafUntil = index + MIN_GAP_SECONDS * sampleRate;
  }
  return clicks;
}

/** By ffmpeg, as a foreign judge: every frame gives its 1024 samples, those of the encoder's start included. */
function decode(frames: readonly ArrivedFrame[], sampleRate: number): Int16Array {
  const config = buildAudioSpecificConfig({ sampleRateHz: sampleRate, channelConfiguration: 1 });
  const file = Buffer.concat([
    buildFlvFileHeader({ hasAudio: true, hasVideo: false }),
    buildFlvFileTag(aacSequenceHeaderTag(config, 0)),
    ...frames.map(({ body }, index) => {
      const timestampMs = Math.floor((index * FRAME_SAMPLES * 1000) / sampleRate);
      return buildFlvFileTag(aacFrameTag(Buffer.from(body, 'base64'), timestampMs));
    }),
  ]);
  const quiet = ['-hide_banner', '-loglevel', 'error'];
  const output = ['-ac', '1', '-f', 's16le', 'pipe:1'];
  const bytes = execFileSync('ffmpeg', [...quiet, '-f', 'flv', '-i', 'pipe:0', ...output], {
    input: file,
    maxBuffer: MAX_PCM_BYTES,
  });
  const samples = Int16Array.from({ length: bytes.length >> 1 }, (_, i) =>
    bytes.readInt16LE(2 * i),
  );
  if (samples.length !== frames.length * FRAME_SAMPLES) {
    throw new Error(`${frames.length} frames gave ${samples.length} samples`);
  }
  return samples;
}
