import type { Micros } from '#foundation';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioCounters } from './audio-counters.ts';
import { Concealment } from './concealment.ts';
import { MAX_DURATION_MS } from './packet-window.ts';
import { TICKS_PER_SECOND, TICK_MS } from './pcm.ts';
import type { PcmFrame, PcmPiece } from './pcm.ts';

interface FillGapsOptions {
  readonly sampleRate: number;
  readonly counters: AudioCounters;
}

class FillGaps extends PassingStage<PcmPiece, PcmFrame> {
  readonly #counters: AudioCounters;
  readonly #concealment: Concealment;
  readonly #frameSamples: number;
  readonly #samplesPerMs: number;
  /** Samples ready to go out; a piece may be longer than a frame. */
  readonly #ready: Int16Array;
  #readyCount = 0;

  constructor(next: Sink<PcmFrame>, { sampleRate, counters }: FillGapsOptions) {
    super(next);
    this.#counters = counters;
    this.#concealment = new Concealment(sampleRate);
    this.#frameSamples = sampleRate / TICKS_PER_SECOND;
    this.#samplesPerMs = sampleRate / 1000;
    this.#ready = new Int16Array(this.#frameSamples + this.#samplesPerMs * MAX_DURATION_MS);
  }

  write(piece: PcmPiece): void {
    const count = Math.min(piece.sampleCount, this.#ready.length - this.#readyCount);
    if (piece.kind === 'packet' || piece.kind === 'concealed') this.#addReal(piece, count);
    else if (piece.kind === 'lost') this.#addInvented(count);
    else this.#addSilence(count);
  }

  override tick(now: Micros): void {
    const missing = this.#frameSamples - this.#readyCount;
    if (missing > 0) this.#addInvented(missing);
    this.next.write(this.#ready.subarray(0, this.#frameSamples));
    this.#readyCount -= this.#frameSamples;
    if (this.#readyCount > 0) this.#ready.copyWithin(0, this.#frameSamples);
    super.tick(now);
  }

  protected name(): string {
    return `fill(${TICK_MS}ms)`;
  }

  #addReal(piece: PcmPiece, count: number): void {
    const room = this.#room(count);
    room.set(piece.samples.subarray(piece.start, piece.start + count));
    this.#concealment.accept(room);
    const ms = count / this.#samplesPerMs;
    if (piece.kind === 'packet') this.#counters.playedMs += ms;
    else this.#counters.concealedMs += ms;
  }

  #addInvented(count: number): void {
    const invented = Math.min(count, this.#concealment.remaining);
    this.#concealment.invent(this.#room(invented));
    this.#counters.concealedMs += invented / this.#samplesPerMs;
    this.#room(count - invented).fill(0);
    this.#counters.silenceMs += (count - invented) / this.#samplesPerMs;
  }

  #addSilence(count: number): void {
    this.#concealment.forget();
    this.#room(count).fill(0);
    this.#counters.silenceMs += count / this.#samplesPerMs;
  }

  #room(count: number): Int16Array {
    const start = this.#readyCount;
    this.#readyCount += count;
    return this.#ready.subarray(start, start + count);
  }
}

/**
 * Takes pieces of any length and holes, gives exactly 20 ms at every tick: real, invented or silent.
 *
 * @remarks No delay of its own; holds the rest of a packet longer than 20 ms, one packet at most. A hole is
 * concealed for up to 60 ms, then silent; a pause is silent at once.
 */
export function fillGaps(options: FillGapsOptions): Stage<PcmPiece, PcmFrame> {
  return (next) => new FillGaps(next, options);
}
