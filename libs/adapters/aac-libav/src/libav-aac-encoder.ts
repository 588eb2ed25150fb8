import type { AacEncoder, AacEncoderFactory, AacEncoderOptions } from '#media';
import { buildAudioSpecificConfig } from '#protocol/aac';
import { loadLibav } from './libav-binding.ts';
import {
  FRAME_SAMPLES,
  checkResult,
  freeNatives,
  openNatives,
  samplesOf,
} from './libav-natives.ts';
import type { Natives } from './libav-natives.ts';

/** The longest sound resampled at one go is 40 ms; more is taken in pieces. */
const CHUNKS_PER_SECOND = 25;
/** Samples that the resampler may give beyond the plain ratio. */
const RESAMPLER_SLACK = 64;

class LibavAacEncoder implements AacEncoder {
  readonly audioSpecificConfig: Uint8Array;
  readonly sampleRate: number;
  readonly sourceRate: number;
  readonly frameSamples = FRAME_SAMPLES;
  /** FFmpeg's encoder begins with one frame of its own (libavcodec/aacenc.c, `initial_padding`). */
  readonly primingSamples = FRAME_SAMPLES;
  readonly #bitrateKbps: number;
  readonly #natives: Natives;
  readonly #exhausted: ExhaustedCodes;
  readonly #input: Buffer;
  readonly #inputSamples: Int16Array;
  readonly #inputPlanes: Buffer[];
  readonly #resampled: Float32Array;
  readonly #resampledPlanes: Buffer[];
  /** The frame's own memory, gone after `close`. */
  #frameSamples: Float32Array;
  #filled = 0;
  #state: 'open' | 'flushed' | 'closed' = 'open';

  constructor(options: AacEncoderOptions, natives: Natives, exhausted: ExhaustedCodes) {
    const { sampleRate, sourceRate, bitrateKbps } = options;
    this.sampleRate = sampleRate;
    this.sourceRate = sourceRate;
    this.#bitrateKbps = bitrateKbps;
    this.audioSpecificConfig = buildAudioSpecificConfig({
      sampleRateHz: sampleRate,
      channelConfiguration: options.channels,
    });
    this.#natives = natives;
    this.#exhausted = exhausted;
    this.#input = Buffer.alloc((sourceRate / CHUNKS_PER_SECOND) * Int16Array.BYTES_PER_ELEMENT);
    this.#inputSamples = new Int16Array(
      this.#input.buffer,
      this.#input.byteOffset,
      sourceRate / CHUNKS_PER_SECOND,
    );
    this.#inputPlanes = [this.#input];
    this.#resampled = new Float32Array(Math.ceil(sampleRate / CHUNKS_PER_SECOND) + RESAMPLER_SLACK);
    this.#resampledPlanes = [Buffer.from(this.#resampled.buffer)];
    this.#frameSamples = samplesOf(natives.frame);
  }

  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    if (this.#state !== 'open') return;
    const chunk = this.#inputSamples.length;
    for (let start = 0; start < pcm.length; start += chunk) {
      const count = Math.min(chunk, pcm.length - start);
      this.#inputSamples.set(
        start === 0 && count === pcm.length ? pcm : pcm.subarray(start, start + count),
      );
      this.#resample(this.#inputPlanes, count, onFrame);
    }
  }

  flush(onFrame: (frame: Uint8Array) => void): void {
    if (this.#state !== 'open') return;
    this.#resample(null, 0, onFrame);
    if (this.#filled > 0) {
      this.#frameSamples.fill(0, this.#filled);
      this.#encodeFrame(onFrame);
    }
    this.#state = 'flushed';
    checkResult(this.#natives.context.sendFrameSync(null), 'flush');
    while (this.#takePacket(onFrame));
  }

  close(): void {
    if (this.#state === 'closed') return;
    try {
      // The encoder complains about frames left behind.
      this.flush(() => undefined);
    } finally {
      this.#state = 'closed';
      this.#frameSamples = new Float32Array(0);
      freeNatives(this.#natives);
    }
  }

  describe(): string {
    return `libav ${this.sourceRate}>${this.sampleRate} ${this.#bitrateKbps}kb/s`;
  }

  #resample(input: Buffer[] | null, count: number, onFrame: (frame: Uint8Array) => void): void {
    const capacity = this.#resampled.length;
    const got = this.#natives.resampler.convertSync(this.#resampledPlanes, capacity, input, count);
    checkResult(got, 'resample');
    for (let at = 0; at < got;) {
      const taken = Math.min(got - at, FRAME_SAMPLES - this.#filled);
      this.#frameSamples.set(this.#resampled.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === FRAME_SAMPLES) this.#encodeFrame(onFrame);
    }
  }

  #encodeFrame(onFrame: (frame: Uint8Array) => void): void {
    const { context, frame } = this.#natives;
    this.#filled = 0;
    checkResult(context.sendFrameSync(frame), 'encode');
    this.#takePacket(onFrame);
  }

  /** @returns Whether there was a packet; one frame in gives one packet out at most, until the flush. */
  #takePacket(onFrame: (frame: Uint8Array) => void): boolean {
    const { context, packet } = this.#natives;
    const result = context.receivePacketSync(packet);
    if (result === this.#exhausted.again || result === this.#exhausted.end) return false;
    checkResult(result, 'receive');
    // Reading it copies it; the next `receivePacketSync` frees what the packet holds.
    const { data } = packet;
    if (data !== null) onFrame(data);
    return true;
  }
}

/** Return codes that mean "nothing more for now". */
interface ExhaustedCodes {
  readonly again: number;
  readonly end: number;
}

/**
 * Makes encoders of FFmpeg's own AAC-LC coder with FFmpeg's resampler in front, inside this process.
 *
 * @throws LibavMissingError if node-av is not installed.
 * @throws LibavEncoderError if FFmpeg refuses the settings.
 */
export const createLibavAacEncoder: AacEncoderFactory = (options) => {
  const binding = loadLibav();
  const { AVERROR_EAGAIN, AVERROR_EOF } = binding.constants;
  const exhausted = { again: AVERROR_EAGAIN, end: AVERROR_EOF };
  return new LibavAacEncoder(options, openNatives(binding, options), exhausted);
};
