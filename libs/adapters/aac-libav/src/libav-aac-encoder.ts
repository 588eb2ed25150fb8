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
  readonly channels: 1 | 2;
  readonly frameSamples = FRAME_SAMPLES;
  /** FFmpeg's encoder begins with one frame of its own (libavcodec/aacenc.c, `initial_padding`). */
  readonly primingSamples = FRAME_SAMPLES;
  readonly #bitrateKbps: number;
  readonly #natives: Natives;
  readonly #exhausted: ExhaustedCodes;
  readonly #input: Buffer;
  readonly #inputSamples: Int16Array;
  readonly #inputPlanes: Buffer[];
  /** One for each channel. */
  readonly #resampled: readonly Float32Array[];
  readonly #resampledPlanes: Buffer[];
  /** Samples per channel that `#resampled` takes. */
  readonly #capacity: number;
  /** The frame's own memory, one for each channel, gone after `close`. */
  #frameSamples: readonly Float32Array[];
  #filled = 0;
  #state: 'open' | 'flushed' | 'closed' = 'open';

  constructor(options: AacEncoderOptions, natives: Natives, exhausted: ExhaustedCodes) {
    const { sampleRate, sourceRate, channels, bitrateKbps } = options;
    this.sampleRate = sampleRate;
    this.sourceRate = sourceRate;
    this.channels = channels;
    this.#bitrateKbps = bitrateKbps;
    this.audioSpecificConfig = buildAudioSpecificConfig({
      sampleRateHz: sampleRate,
      channelConfiguration: channels,
    });
    this.#natives = natives;
    this.#exhausted = exhausted;
    const chunk = Math.ceil(sourceRate / CHUNKS_PER_SECOND) * channels;
    this.#input = Buffer.alloc(chunk * Int16Array.BYTES_PER_ELEMENT);
    this.#inputSamples = new Int16Array(this.#input.buffer, this.#input.byteOffset, chunk);
    this.#inputPlanes = [this.#input];
    this.#capacity = Math.ceil(sampleRate / CHUNKS_PER_SECOND) + RESAMPLER_SLACK;
    this.#resampled = Array.from({ length: channels }, () => new Float32Array(this.#capacity));
    this.#resampledPlanes = this.#resampled.map((plane) => Buffer.from(plane.buffer));
    this.#frameSamples = samplesOf(natives.frame, channels);
  }

  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    if (this.#state !== 'open') return;
    const chunk = this.#inputSamples.length;
    for (let start = 0; start < pcm.length; start += chunk) {
      const count = Math.min(chunk, pcm.length - start);
      this.#inputSamples.set(
        start === 0 && count === pcm.length ? pcm : pcm.subarray(start, start + count),
      );
      this.#resample(this.#inputPlanes, count / this.channels, onFrame);
    }
  }

  flush(onFrame: (frame: Uint8Array) => void): void {
    if (this.#state !== 'open') return;
    this.#resample(null, 0, onFrame);
    if (this.#filled > 0) {
      for (const plane of this.#frameSamples) plane.fill(0, this.#filled);
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
      this.#frameSamples = [];
      freeNatives(this.#natives);
    }
  }

  describe(): string {
    const stereo = this.channels === 2 ? ' stereo' : '';
    return `libav ${this.sourceRate}>${this.sampleRate}${stereo} ${this.#bitrateKbps}kb/s`;
  }

  /** @param count Samples per channel. */
  #resample(input: Buffer[] | null, count: number, onFrame: (frame: Uint8Array) => void): void {
    const { resampler } = this.#natives;
    const got = resampler.convertSync(this.#resampledPlanes, this.#capacity, input, count);
    checkResult(got, 'resample');
    for (let at = 0; at < got;) {
      const taken = Math.min(got - at, FRAME_SAMPLES - this.#filled);
      this.#fill(at, taken);
      this.#filled += taken;
      at += taken;
      if (this.#filled === FRAME_SAMPLES) this.#encodeFrame(onFrame);
    }
  }

  #fill(at: number, count: number): void {
    for (let channel = 0; channel < this.channels; channel += 1) {
      const resampled = this.#resampled[channel]?.subarray(at, at + count);
      if (resampled !== undefined) this.#frameSamples[channel]?.set(resampled, this.#filled);
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
