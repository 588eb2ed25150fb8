import { beforeAll, expect, it } from 'vitest';
import { openMetrics } from '#adapters/observe-pino';
import type { NodeId } from '#domain';
import { silentLogger, wasm } from '#foundation';
import type { WasmMemory } from '#foundation';
import type { AacEncoderOptions } from '#media';
import { stressPcm } from '#testkit';
import { AacEncoders } from '../../apps/worker/src/aac-encoders.ts';
import { addNodeMetrics } from '../../apps/worker/src/health/node-metrics.ts';
import { bookComplaints } from './support/aac-books.ts';
import { faadJudge, ffmpegJudge } from './support/aac-judges.ts';
import { packetsOf } from './support/aac-streams.ts';
import type { AacStream } from './support/aac-streams.ts';
import { webCodecsJudge } from './support/browser-judges.ts';

const OPTIONS = {
  sourceRate: 16_000,
  sampleRate: 44_100,
  channels: 1,
  bitrateKbps: 64,
  shortBlocks: true,
} as const;
const SECONDS = 3;
/** Where the addresses of the tables of the transforms lie in an instance (kernel/assembly/instance.ts). */
const TRANSFORMS_OFFSET = 28;
const BEYOND_MEMORY = 0x7ffffff0;

/** The parts of the kernel's interface that this looks at. */
interface Kernel {
  readonly memory: WasmMemory;
  createInstance(...options: readonly number[]): number;
}

let memory: WasmMemory;
/** Of the encoder that was opened last. */
let instance = 0;
const warnings: (readonly [string, unknown])[] = [];
let encoders: AacEncoders;

beforeAll(() => {
  const { Instance } = wasm;
  const watched = function (...given: ConstructorParameters<typeof Instance>) {
    const exports = new Instance(...given).exports as Kernel;
    memory = exports.memory;
    const createInstance = (...options: readonly number[]): number =>
      (instance = exports.createInstance(...options));
    return { exports: { ...exports, createInstance } };
  };
  Object.assign(wasm, { Instance: watched });
  const warn = (event: string, fields: unknown): void => void warnings.push([event, fields]);
  encoders = new AacEncoders('callcast', { ...silentLogger, warn });
  Object.assign(wasm, { Instance });
});

/** Lets the encoder that was opened last trap at its next frame. */
const spoil = (): void =>
  void new Uint32Array(memory.buffer, instance + TRANSFORMS_OFFSET, 2).fill(BEYOND_MEMORY);

/** The window sequence of a frame of ours with one channel (ISO/IEC 14496-3 tables 4.4, 4.50 and 4.6). */
const windowSequenceOf = (frame: Uint8Array): number => (frame[2] ?? 0) >> 6;

const packets = packetsOf(
  stressPcm('gated noise', {
    ...{ sampleRate: OPTIONS.sourceRate, channels: OPTIONS.channels },
    ...{ samples: SECONDS * OPTIONS.sourceRate, seed: 1 },
  }),
  OPTIONS,
);

/** What becomes of a stream whose encoder traps behind the first frame that `isSpoiling`. */
function streamOf(name: string, isSpoiling: (frame: Uint8Array) => boolean): AacStream {
  const options: AacEncoderOptions = OPTIONS;
  const encoder = encoders.create(options);
  const frames: Uint8Array[] = [];
  let isSpoilt = false;
  const keep = (frame: Uint8Array): void => {
    frames.push(frame.slice());
    if (isSpoilt || frames.length < 20 || !isSpoiling(frame)) return;
    isSpoilt = true;
    spoil();
  };
  for (const packet of packets) encoder.encode(packet, keep);
  encoder.flush(keep);
  const { audioSpecificConfig, primingSamples } = encoder;
  const sourceSamples = SECONDS * OPTIONS.sourceRate;
  return { name, options, audioSpecificConfig, primingSamples, sourceSamples, frames };
}

it('a trap of the kernel is counted and told, and the stream goes on for every decoder', async () => {
  const sequences = ['long', 'start', 'short', 'stop'];
  const whole = streamOf('whole', () => false);
  expect(encoders.restarts).toBe(0);

  const streams = sequences.map((name, sequence) =>
    streamOf(`a trap behind ${name}`, (frame) => windowSequenceOf(frame) === sequence),
  );

  expect(encoders.restarts).toBe(sequences.length);
  expect(warnings).toHaveLength(sequences.length);
  expect(warnings[0]).toEqual([
    'aac.encoder_restarted',
    {
      encoder: 'callcast',
      cause: expect.stringContaining('memory access out of bounds') as string,
    },
  ]);
  for (const { frames } of streams) expect(frames.length).toBe(whole.frames.length);
  const judges = [ffmpegJudge('aac'), ffmpegJudge('aac_fixed'), faadJudge, webCodecsJudge];
  for (const judge of judges) expect(await judge(streams)).toEqual([]);
  expect(await bookComplaints(streams)).toEqual([]);
  // The next one is as good as new.
  expect(streamOf('after it', () => false)).toEqual({ ...whole, name: 'after it' });
});

it('a trap of the kernel is in the figures of the node', async () => {
  const metrics = openMetrics();
  addNodeMetrics(metrics, {
    node: 'node_1' as NodeId,
    roster: { sessions: [] },
    takeLateness: () => ({ p50Ms: 0, p99Ms: 0, maxMs: 0, count: 0 }),
    forgivenBeats: () => 0,
    encoderRestarts: () => encoders.restarts,
  });
  const before = encoders.restarts;

  streamOf('one more', () => true);

  expect(await metrics.metrics()).toContain(`callcast_aac_encoder_restarts_total ${before + 1}\n`);
});
