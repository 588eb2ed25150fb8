import { execFileSync } from 'node:child_process';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import { joinAdts, resampled, soundQuality, splitAdts } from '#testkit';
import { round } from '../rig/quantile.ts';
import { materials } from './material.ts';
import type { Material } from './material.ts';

const STREAM_RATE = 44_100;
const BITRATES = [32, 48, 64];
const MOST_BYTES = 1 << 28;

/** Segmental SNR and log-spectral distance in dB, and the rate that was really spent. */
export interface Sound {
  readonly segSnr: number;
  readonly lsd: number;
  readonly kbps: number;
}

/** One sound at one rate. */
export interface QualityRow {
  readonly material: string;
  readonly kbps: number;
  readonly ours: Sound;
  readonly ffmpegFast: Sound;
}

/** Encodes every material at every rate with both; ffmpeg decodes. */
export async function compareQuality(): Promise<readonly QualityRow[]> {
  return (await materials()).flatMap((material) => {
    const original = resampled(material.pcm, material.sampleRate, STREAM_RATE);
    return BITRATES.map((kbps) => ({
      material: material.name,
      kbps,
      ours: judged({ material, original, adts: ours(material, kbps) }),
      ffmpegFast: judged({ material, original, adts: ffmpegFast(original, kbps) }),
    }));
  });
}

function ours({ sampleRate, pcm }: Material, bitrateKbps: number): Uint8Array {
  const encoder = createWasmAacEncoder({
    sourceRate: sampleRate,
    sampleRate: STREAM_RATE,
    channels: 1,
    bitrateKbps,
    shortBlocks: bitrateKbps <= 32,
  });
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array): void => void frames.push(frame.slice());
  encoder.encode(pcm, keep);
  encoder.flush(keep);
  encoder.close();
  return joinAdts(frames, { sampleRateHz: STREAM_RATE, channels: 1 });
}

/** At the stream's rate: its encoder has no resampler. */
function ffmpegFast(original: Float64Array, kbps: number): Uint8Array {
  const pcm = Int16Array.from(original, (sample) => Math.round(sample));
  const input = `-f s16le -ar ${STREAM_RATE} -ac 1 -i -`;
  return ffmpeg(`${input} -c:a aac -aac_coder fast -b:a ${kbps}k -f adts -`, pcm);
}

interface Heard {
  readonly material: Material;
  readonly original: Float64Array;
  readonly adts: Uint8Array;
}

function judged({ material, original, adts }: Heard): Sound {
  const bytes = ffmpeg('-f aac -i - -f f32le -', adts);
  const copy = Float64Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readFloatLE(4 * n));
  const { segSnrDb, lsdDb } = soundQuality(
    original.map((sample) => sample / 32_768),
    copy,
    { sampleRate: STREAM_RATE, toHz: material.toHz },
  );
  const { frames } = splitAdts(adts);
  const bits = 8 * frames.reduce((sum, frame) => sum + frame.length, 0);
  const kbps = (bits * STREAM_RATE) / (frames.length * 1024) / 1000;
  return { segSnr: round(segSnrDb, 2), lsd: round(lsdDb, 2), kbps: round(kbps, 2) };
}

function ffmpeg(args: string, { buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  const input = new Uint8Array(buffer, byteOffset, byteLength);
  return execFileSync('ffmpeg', ['-v', 'error', ...args.split(' ')], {
    input,
    maxBuffer: MOST_BYTES,
  });
}
