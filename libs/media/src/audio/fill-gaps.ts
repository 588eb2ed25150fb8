import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioCounters } from './audio-counters.ts';
import type { ComfortNoise } from './comfort-noise.ts';
import { Concealment } from './concealment.ts';
import { LastView } from './last-view.ts';
import { MAX_DURATION_MS } from './packet-window.ts';
import type { FilledPcm, PcmPiece } from './pcm.ts';

interface FillGapsOptions {
  /** Expected; pieces may have another. */
  readonly sampleRate: number;
  readonly counters: AudioCounters;
  readonly noise: ComfortNoise;
}

class FillGaps extends PassingStage<PcmPiece, FilledPcm> {
  readonly #counters: AudioCounters;
  readonly #noise: ComfortNoise;
  /** The sender pauses and has said how that sounds. */
  #isNoisy = false;
  #concealment: Concealment;
  readonly #filled: { -readonly [field in keyof FilledPcm]: FilledPcm[field] };
  readonly #behind: { samples: Int16Array; distance: number };
  /** What fills a hole. */
  #room: Int16Array;
  readonly #real = new LastView();

  constructor(next: Sink<FilledPcm>, { sampleRate, counters, noise }: FillGapsOptions) {
    super(next);
    this.#counters = counters;
    this.#noise = noise;
    this.#room = roomFor(sampleRate);
    this.#concealment = new Concealment(sampleRate, 1);
    this.#filled = { sampleRate, channels: 1, samples: this.#room };
    this.#behind = { samples: this.#room, distance: 0 };
  }

  write(piece: PcmPiece): void {
    const { sampleRate, channels } = this.#filled;
    if (piece.sampleRate !== sampleRate || piece.channels !== channels) this.#follow(piece);
    if (piece.kind === 'packet' || piece.kind === 'concealed') this.#giveReal(piece);
    else this.#fill(piece);
  }

  protected name(): string {
    return 'fill';
  }

  #follow({ sampleRate, channels }: PcmPiece): void {
    this.#filled.sampleRate = sampleRate;
    this.#filled.channels = channels;
    this.#room = roomFor(sampleRate * channels);
    this.#concealment = new Concealment(sampleRate, channels);
  }

  #giveReal({ kind, samples, start, sampleCount, channels }: PcmPiece): void {
    const real = this.#real.of(samples, start * channels, (start + sampleCount) * channels);
    this.#concealment.accept(real);
    this.#isNoisy = false;
    if (kind === 'packet') this.#counters.playedMs += this.#msOf(real.length);
    else this.#counters.concealedMs += this.#msOf(real.length);
    this.#give(real);
  }

  #fill(piece: PcmPiece): void {
    const filling = this.#room.subarray(0, piece.sampleCount * piece.channels);
    this.#isNoisy ||= this.#noise.isAnnounced;
    const mayBeLost = piece.kind === 'lost' && !this.#isNoisy;
    const invented = mayBeLost ? this.#invent(filling, piece) : this.#pause(filling);
    this.#counters.concealedMs += this.#msOf(invented);
    this.#counters.silenceMs += this.#msOf(filling.length - invented);
    this.#give(filling);
  }

  /** @returns How many samples are invented. */
  #invent(filling: Int16Array, { following, untilFollowing, channels }: PcmPiece): number {
    this.#behind.samples = following;
    this.#behind.distance = untilFollowing;
    return this.#concealment.invent(filling, this.#behind) * channels;
  }

  #pause(filling: Int16Array): number {
    this.#concealment.pause(filling);
    return 0;
  }

  #msOf(length: number): number {
    const { sampleRate, channels } = this.#filled;
    return (length * 1000) / (sampleRate * channels);
  }

  #mixNoise(samples: Int16Array): void {
    const { sampleRate, channels } = this.#filled;
    this.#noise.mixInto(samples, { sampleRate, channels, isHeard: this.#isNoisy });
  }

  #give(samples: Int16Array): void {
    if (this.#isNoisy || this.#noise.isSounding) this.#mixNoise(samples);
    this.#filled.samples = samples;
    this.next.write(this.#filled);
  }
}

function roomFor(samplesPerSecond: number): Int16Array {
  return new Int16Array(Math.ceil((samplesPerSecond * MAX_DURATION_MS) / 1000));
}

/**
 * Takes pieces of any length and holes, gives sound without holes: real, invented or silent.
 *
 * @remarks No delay, no memory but the past that inventions are made of. A hole is concealed for up to 60 ms, then
 * silent until the sound behind it comes near. A pause is silent after 10 ms, or sounds as the sender has said
 * (comfort noise) until it sends sound again.
 */
export function fillGaps(options: FillGapsOptions): Stage<PcmPiece, FilledPcm> {
  return (next) => new FillGaps(next, options);
}
