import { invariant } from '#foundation';
import type { AacEncoder, AacEncoderFactory, AacEncoderOptions } from '#media';
import { buildAudioSpecificConfig, planResampling } from '#protocol/aac';
import type { ResamplingPlan } from '#protocol/aac';
import { AacKernel } from './kernel.ts';
import type { KernelInstance } from './kernel.ts';

const FRAME_SAMPLES = 1024;
/** The kernel takes 20 ms at once. */
const CHUNKS_PER_SECOND = 50;
/** The first packets run in V8's slow tier: as many are encoded at the start, some 30 ms of work. */
const WARM_UP_CHUNKS = 500;

class WasmAacEncoder implements AacEncoder {
  readonly audioSpecificConfig: Uint8Array;
  readonly sampleRate: number;
  readonly sourceRate: number;
  readonly channels: 1 | 2;
  readonly frameSamples = FRAME_SAMPLES;
  readonly primingSamples: number;
  readonly #bitrateKbps: number;
  readonly #short: boolean;
  readonly #constant: boolean;
  readonly #kernel: AacKernel;
  readonly #plan: ResamplingPlan;
  readonly #chunk: number;
  #instance: KernelInstance | undefined;
  /** What came last and its pieces of 20 ms: who fills the same array again and again has them cut once. */
  #pcm: Int16Array | undefined;
  #chunks: Int16Array[] = [];
  #sourceSamples = 0;
  #frames = 0;

  constructor(kernel: AacKernel, options: AacEncoderOptions) {
    const { sampleRate, sourceRate, channels, bitrateKbps } = options;
    this.sampleRate = sampleRate;
    this.sourceRate = sourceRate;
    this.channels = channels;
    this.audioSpecificConfig = buildAudioSpecificConfig({
      sampleRateHz: sampleRate,
      channelConfiguration: channels,
    });
    this.#bitrateKbps = bitrateKbps;
    this.#kernel = kernel;
    this.#plan = planResampling(sourceRate, sampleRate);
    this.primingSamples = FRAME_SAMPLES + Math.round(this.#plan.delaySamples);
    this.#chunk = Math.floor(sourceRate / CHUNKS_PER_SECOND) * channels;
    this.#short = options.shortBlocks ?? false;
    this.#constant = options.constantRate ?? false;
    this.#instance = kernel.open({
      plan: this.#plan,
      channels,
      bitrateKbps,
      shortBlocks: this.#short,
      constantRate: this.#constant,
    });
  }

  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    if (this.#instance === undefined) return;
    invariant(pcm.length % this.channels === 0, 'samples of two channels come in pairs');
    if (pcm.length <= this.#chunk) {
      this.#encodeChunk(this.#instance, pcm, onFrame);
      return;
    }
    for (const chunk of this.#chunksOf(pcm)) this.#encodeChunk(this.#instance, chunk, onFrame);
  }

  /** Silence follows until everything that came can be decoded; no frame more than that takes. */
  flush(onFrame: (frame: Uint8Array) => void): void {
    const samples = this.#sourceSamples;
    if (this.#instance === undefined || samples === 0) return;
    const last = (samples * this.sampleRate) / this.sourceRate + this.#plan.delaySamples;
    const needed = Math.ceil(last / FRAME_SAMPLES) + 1;
    const silence = new Int16Array(this.#chunk);
    while (this.#frames < needed) this.#encodeChunk(this.#instance, silence, onFrame);
    this.close();
  }

  close(): void {
    if (this.#instance === undefined) return;
    this.#kernel.close(this.#instance);
    this.#instance = undefined;
  }

  describe(): string {
    const stereo = this.channels === 2 ? ' stereo' : '';
    const rates = `${this.sourceRate}>${this.sampleRate}${stereo} ${this.#bitrateKbps}kb/s`;
    return `callcast ${rates}${this.#constant ? ' constant' : ''}${this.#short ? ' short' : ''}`;
  }

  #chunksOf(pcm: Int16Array): readonly Int16Array[] {
    if (pcm === this.#pcm) return this.#chunks;
    this.#pcm = pcm;
    this.#chunks = [];
    for (let start = 0; start < pcm.length; start += this.#chunk) {
      this.#chunks.push(pcm.subarray(start, start + this.#chunk));
    }
    return this.#chunks;
  }

  #encodeChunk(
    instance: KernelInstance,
    pcm: Int16Array,
    onFrame: (frame: Uint8Array) => void,
  ): void {
    this.#sourceSamples += pcm.length / this.channels;
    const frame = this.#kernel.encode(instance, pcm, this.channels);
    if (frame === undefined) return;
    this.#frames += 1;
    onFrame(frame);
  }
}

/** Makes encoders that share one kernel. */
export function wasmAacEncoders(kernel: AacKernel): AacEncoderFactory {
  return (options) => new WasmAacEncoder(kernel, options);
}

let shared: AacKernel | undefined;

/**
 * Makes Callcast's own AAC-LC encoders, of one WebAssembly instance for the whole process. The first call compiles it and
 * warms it up (about 40 ms); make it at the start.
 */
export const createWasmAacEncoder: AacEncoderFactory = (options) => {
  shared ??= warmedUp(new AacKernel());
  return new WasmAacEncoder(shared, options);
};

function warmedUp(kernel: AacKernel): AacKernel {
  const encoder = new WasmAacEncoder(kernel, {
    sourceRate: 8000,
    sampleRate: 44_100,
    channels: 1,
    bitrateKbps: 64,
    shortBlocks: false,
    constantRate: false,
  });
  const pcm = Int16Array.from({ length: 160 }, (_, at) => 9000 * Math.sin(at) * Math.sin(at / 9));
  for (let chunk = 0; chunk < WARM_UP_CHUNKS; chunk += 1) {
    encoder.encode(pcm, () => undefined);
    pcm[chunk % pcm.length] = (chunk * 7919) % 9001;
  }
  encoder.close();
  return kernel;
}
