import { createLibavAacEncoder, isLibavAvailable } from '#adapters/aac-libav';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import type { AacEncoder, AacEncoderFactory } from '#media';
import { quantile, round } from '../rig/quantile.ts';

const OPTIONS = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;
/** 20 ms. */
const PACKET = 160;
/** Of all encoders of a round together: about a second for the dearer contender. */
const PACKETS_PER_BLOCK = 8000;
const BLOCKS = 5;
const WARM_UP_BLOCKS = 1;

/** CPU of a frame of 1024 samples, resampling included, in microseconds; null without node-av. */
export interface EncoderCost {
  readonly usPerFrame: { readonly ours: number; readonly libav: number | null };
  readonly ratio: number | null;
}

/** Some encoders of one kind, each at a place of its own in the same sound. */
class Crowd {
  readonly #encoders: readonly AacEncoder[];
  readonly #packets: readonly Int16Array[];
  #round = 0;

  constructor(create: AacEncoderFactory, count: number, sound: Int16Array) {
    this.#packets = Array.from({ length: Math.floor(sound.length / PACKET) }, (_, at) =>
      sound.slice(at * PACKET, (at + 1) * PACKET),
    );
    this.#encoders = Array.from({ length: count }, () => create(OPTIONS));
  }

  /** @returns Microseconds of CPU of this process per frame. */
  run(): number {
    let frames = 0;
    const count = (): void => void (frames += 1);
    const rounds = Math.ceil(PACKETS_PER_BLOCK / this.#encoders.length);
    const from = process.cpuUsage();
    for (const end = this.#round + rounds; this.#round < end; this.#round += 1) {
      this.#encoders.forEach((encoder, index) => {
        const packet = this.#packets[(this.#round + 37 * index) % this.#packets.length];
        if (packet !== undefined) encoder.encode(packet, count);
      });
    }
    const { user, system } = process.cpuUsage(from);
    return (user + system) / frames;
  }

  close(): void {
    for (const encoder of this.#encoders) encoder.close();
  }
}

/** Runs so many encoders of each kind in turn, packet by packet; the kinds take turns too. Medians of all blocks. */
export function encoderCost(sound: Int16Array, count: number): EncoderCost {
  const ours = new Crowd(createWasmAacEncoder, count, sound);
  const libav = isLibavAvailable() ? new Crowd(createLibavAacEncoder, count, sound) : undefined;
  const blocks: { readonly ours: number; readonly libav: number }[] = [];
  try {
    for (let block = 0; block < WARM_UP_BLOCKS + BLOCKS; block += 1) {
      blocks.push({ ours: ours.run(), libav: libav?.run() ?? Number.NaN });
    }
  } finally {
    ours.close();
    libav?.close();
  }
  const measured = blocks.slice(WARM_UP_BLOCKS);
  const mine = quantile(
    measured.map((block) => block.ours),
    0.5,
  );
  if (libav === undefined)
    return { usPerFrame: { ours: round(mine, 2), libav: null }, ratio: null };
  const theirs = quantile(
    measured.map((block) => block.libav),
    0.5,
  );
  return {
    usPerFrame: { ours: round(mine, 2), libav: round(theirs, 1) },
    ratio: round(mine / theirs, 4),
  };
}
