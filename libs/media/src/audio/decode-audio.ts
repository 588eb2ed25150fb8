import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioDecoder } from './audio-decoder.ts';
import type { DueAudio } from './jitter-buffer.ts';
import { MAX_DURATION_MS } from './packet-window.ts';
import type { PayloadTable } from './payload-table.ts';
import type { PcmPiece } from './pcm.ts';

class DecodeAudio extends PassingStage<DueAudio, PcmPiece> {
  readonly #payloads: PayloadTable;
  #samples = new Int16Array(0);
  /** Who decoded last: a hole has the shape of what was before it. */
  #decoder: AudioDecoder;
  readonly #piece: { -readonly [field in keyof PcmPiece]: PcmPiece[field] };

  constructor(next: Sink<PcmPiece>, payloads: PayloadTable) {
    super(next);
    this.#payloads = payloads;
    this.#decoder = payloads.main;
    this.#piece = {
      kind: 'silent',
      sampleRate: this.#decoder.sampleRate,
      sampleCount: 0,
      samples: this.#samples,
      start: 0,
    };
    this.#provide();
  }

  write(due: DueAudio): void {
    const piece = this.#piece;
    if (due.kind === 'packet') this.#follow(due.decoder);
    const { clockRate, sampleRate } = this.#decoder;
    const samplesPerUnit = sampleRate / clockRate;
    piece.kind = due.kind;
    piece.sampleRate = sampleRate;
    piece.sampleCount = due.duration * samplesPerUnit;
    piece.start = due.skipped * samplesPerUnit;
    if (due.kind === 'packet') {
      const decoded = due.decoder.decode(due.payload, this.#samples);
      if (decoded < piece.start + piece.sampleCount) this.#samples.fill(0, decoded);
    }
    this.next.write(piece);
  }

  override end(): void {
    super.end();
    this.#payloads.close();
  }

  protected name(): string {
    return `decode(${this.#payloads.describe()})`;
  }

  #follow(decoder: AudioDecoder): void {
    if (decoder === this.#decoder) return;
    this.#decoder = decoder;
    this.#provide();
  }

  /** Makes room for the longest packet of the decoder. */
  #provide(): void {
    const { sampleRate, channels } = this.#decoder;
    const needed = (sampleRate * MAX_DURATION_MS * channels) / 1000;
    if (this.#samples.length >= needed) return;
    this.#samples = new Int16Array(needed);
    this.#piece.samples = this.#samples;
  }
}

/**
 * Takes payloads, gives 16-bit samples; holes pass through. No delay, one packet of memory. Owns the decoders: they are
 * closed at the end.
 */
export function decodeAudio(payloads: PayloadTable): Stage<DueAudio, PcmPiece> {
  return (next) => new DecodeAudio(next, payloads);
}
