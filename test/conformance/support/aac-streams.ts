import type { AacEncoderFactory, AacEncoderOptions } from '#media';
import {
  aacFrameTag,
  aacSequenceHeaderTag,
  buildFlvFileHeader,
  buildFlvFileTag,
} from '#protocol/flv';
import { STRESS_SIGNALS, joinAdts, stressPcm } from '#testkit';
import type { StressSignal } from '#testkit';

/** One of many streams to be judged. */
export interface StreamCase extends Required<AacEncoderOptions> {
  readonly signal: StressSignal;
}

/** What an encoder made of some PCM. */
export interface AacStream {
  readonly name: string;
  readonly options: AacEncoderOptions;
  readonly audioSpecificConfig: Uint8Array;
  readonly primingSamples: number;
  /** Samples per channel that went in. */
  readonly sourceSamples: number;
  readonly frames: readonly Uint8Array[];
}

const BITRATES = [16, 32, 64, 128, 256];
const SAMPLE_RATES = [16_000, 32_000, 44_100, 48_000];
const SOURCE_RATES = [8000, 16_000, 48_000];
const CHANNELS = [1, 2] as const;
const CHOICES = [false, true];

/** Every signal with all the settings there are. */
export function allCases(): readonly StreamCase[] {
  let cases: readonly object[] = [{}];
  const spread = (field: keyof StreamCase, values: readonly unknown[]): void =>
    void (cases = cases.flatMap((one) => values.map((value) => ({ ...one, [field]: value }))));
  spread('signal', STRESS_SIGNALS);
  spread('bitrateKbps', BITRATES);
  spread('sampleRate', SAMPLE_RATES);
  spread('sourceRate', SOURCE_RATES);
  spread('channels', CHANNELS);
  spread('shortBlocks', CHOICES);
  spread('constantRate', CHOICES);
  return cases as readonly StreamCase[];
}

const FIELDS = [
  'signal',
  'bitrateKbps',
  'sampleRate',
  'sourceRate',
  'channels',
  'shortBlocks',
  'constantRate',
] as const satisfies readonly (keyof StreamCase)[];

/** All pairs of settings in a case. */
export function pairsOf(one: StreamCase): string[] {
  return FIELDS.flatMap((left, at) =>
    FIELDS.slice(at + 1).map((right) => `${left}=${one[left]}, ${right}=${one[right]}`),
  );
}

/** A few of them in which every two settings meet. */
export function coveringCases(cases: readonly StreamCase[]): readonly StreamCase[] {
  const open = new Set(cases.flatMap(pairsOf));
  const chosen: StreamCase[] = [];
  const gainOf = (one: StreamCase): number => pairsOf(one).filter((pair) => open.has(pair)).length;
  // A case that brings the most it can is taken at once; the demand sinks from round to round.
  for (let demand = pairsOf(cases[0]!).length; open.size > 0; demand -= 1) {
    for (const one of cases) {
      if (gainOf(one) < demand) continue;
      chosen.push(one);
      for (const pair of pairsOf(one)) open.delete(pair);
    }
  }
  return chosen;
}

/** Encodes PCM, two channels interleaved, packet by packet. */
export function encodeStream(
  createEncoder: AacEncoderFactory,
  options: AacEncoderOptions,
  packets: readonly Int16Array[],
): AacStream {
  const encoder = createEncoder(options);
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array): void => void frames.push(frame.slice());
  for (const packet of packets) encoder.encode(packet, keep);
  encoder.flush(keep);
  encoder.close();
  const { audioSpecificConfig, primingSamples } = encoder;
  const samples = packets.reduce((sum, packet) => sum + packet.length, 0);
  const sourceSamples = samples / options.channels;
  const name = encoder.describe();
  return { name, options, audioSpecificConfig, primingSamples, sourceSamples, frames };
}

/** Packets of 20 ms, as calls bring them; the last may be shorter. */
export function packetsOf(
  pcm: Int16Array,
  { sourceRate, channels }: AacEncoderOptions,
): readonly Int16Array[] {
  const size = Math.ceil(sourceRate / 50) * channels;
  return Array.from({ length: Math.ceil(pcm.length / size) }, (_, at) =>
    pcm.subarray(at * size, (at + 1) * size),
  );
}

/** Encodes a signal that stresses. */
export function encodeCase(
  createEncoder: AacEncoderFactory,
  one: StreamCase,
  seconds: number,
): AacStream {
  const { signal, sourceRate, channels } = one;
  const samples = Math.round(seconds * sourceRate);
  const pcm = stressPcm(signal, { sampleRate: sourceRate, channels, samples, seed: 1 });
  const stream = encodeStream(createEncoder, one, packetsOf(pcm, one));
  return { ...stream, name: `${signal}: ${stream.name}` };
}

/** As RTMP sends it: the configuration, then raw frames. */
export function flvOf({ audioSpecificConfig, frames, options }: AacStream): Buffer {
  const timeMs = (frame: number): number => Math.floor((frame * 1024 * 1000) / options.sampleRate);
  return Buffer.concat([
    buildFlvFileHeader({ hasAudio: true, hasVideo: false }),
    buildFlvFileTag(aacSequenceHeaderTag(audioSpecificConfig, 0)),
    ...frames.map((frame, at) => buildFlvFileTag(aacFrameTag(frame, timeMs(at)))),
  ]);
}

/** Each frame with a header of its own. */
export function adtsOf({ frames, options }: AacStream): Buffer {
  return joinAdts(frames, { sampleRateHz: options.sampleRate, channels: options.channels });
}
