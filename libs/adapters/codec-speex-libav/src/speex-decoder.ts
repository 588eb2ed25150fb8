import type { AudioDecoder, AudioDecoderFactory } from '#media';
import { speexFrameCount } from '#protocol/speex';
import { freeNatives, loadLibavSpeex, openNatives } from './libav-speex.ts';
import type { LibavSpeex, SpeexNatives } from './libav-speex.ts';
import type { Frame } from './node-av.ts';

const FRAMES_PER_SECOND = 50;
const MAX_SAMPLE = 32_767;
const MIN_SAMPLE = -32_768;
/** Narrowband and wideband; RFC 5574 section 4.1 has ultra-wideband (32 kHz) besides, which telephony does not use. */
const RATES: readonly number[] = [8000, 16_000];

class SpeexDecoder implements AudioDecoder {
  readonly name: string;
  readonly clockRate: number;
  readonly sampleRate: number;
  readonly channels = 1;
  readonly #libav: LibavSpeex;
  readonly #frameSamples: number;
  #natives: SpeexNatives | undefined;

  constructor(libav: LibavSpeex, rate: number) {
    this.clockRate = rate;
    this.sampleRate = rate;
    this.name = `speex(${rate})`;
    this.#libav = libav;
    this.#frameSamples = rate / FRAMES_PER_SECOND;
    this.#natives = openNatives(libav, rate);
  }

  duration(bytes: Uint8Array, offset: number, length: number): number {
    return speexFrameCount(bytes, offset, length) * this.#frameSamples;
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const sampleCount = this.duration(payload, 0, payload.length);
    if (this.#natives === undefined || sampleCount === 0) return 0;
    const { context, packet, frame } = this.#natives;
    packet.data = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    context.sendPacketSync(packet);
    const got = context.receiveFrameSync(frame) < 0 ? 0 : take(frame, sampleCount, out);
    // What FFmpeg takes for more behind the terminator would stand in the way of the next payload.
    while (context.receiveFrameSync(frame) >= 0);
    return got;
  }

  reset(): void {
    if (this.#natives === undefined) return;
    this.close();
    this.#natives = openNatives(this.#libav, this.sampleRate);
  }

  close(): void {
    if (this.#natives === undefined) return;
    freeNatives(this.#natives);
    this.#natives = undefined;
  }
}

/** @returns Samples taken; 0 if FFmpeg saw other frames than were announced. */
function take(frame: Frame, sampleCount: number, out: Int16Array): number {
  const plane = frame.data?.[0];
  if (plane === undefined || frame.nbSamples !== sampleCount) return 0;
  scale(new Float32Array(plane.buffer, plane.byteOffset, sampleCount), out);
  return sampleCount;
}

/** From ±1 to 16 bits. */
function scale(samples: Float32Array, out: Int16Array): void {
  for (let i = 0; i < samples.length; i++) {
    const scaled = Math.round((samples[i] ?? 0) * (MAX_SAMPLE + 1));
    out[i] = scaled > MAX_SAMPLE ? MAX_SAMPLE : scaled < MIN_SAMPLE ? MIN_SAMPLE : scaled;
  }
}

/**
 * Finds FFmpeg's own decoder of Speex. The factory makes mono decoders for 8 and 16 kHz.
 *
 * @throws SpeexMissingError if node-av is not installed.
 */
export function loadSpeexDecoders(): AudioDecoderFactory {
  const libav = loadLibavSpeex();
  return ({ codec, clockRate }) =>
    codec === 'speex' && RATES.includes(clockRate) ? new SpeexDecoder(libav, clockRate) : undefined;
}
