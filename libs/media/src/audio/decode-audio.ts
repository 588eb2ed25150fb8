import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioDecoder } from './audio-decoder.ts';
import type { DueAudio } from './due-audio.ts';
import { MAX_DURATION_MS } from './packet-window.ts';
import type { PayloadTable } from './payload-table.ts';
import type { PcmPiece } from './pcm.ts';

/** A codec fades out its own concealment; what is longer is left to the stages behind. */
const MAX_CONCEALED_MS = 240;
const NOTHING = new Int16Array(0);

class DecodeAudio extends PassingStage<DueAudio, PcmPiece> {
  readonly #payloads: PayloadTable;
  #samples = new Int16Array(0);
  /** The packet behind a hole. */
  #following = NOTHING;
  /** Who decoded last: a hole has the shape of what was before it. */
  #decoder: AudioDecoder;
  #generation = 0;
  #concealedMs = 0;
  readonly #piece: { -readonly [field in keyof PcmPiece]: PcmPiece[field] };

  constructor(next: Sink<PcmPiece>, payloads: PayloadTable) {
    super(next);
    this.#payloads = payloads;
    this.#decoder = payloads.main;
    this.#piece = {
      kind: 'silent',
      sampleRate: this.#decoder.sampleRate,
      sampleCount: 0,
      channels: this.#decoder.channels,
      samples: this.#samples,
      start: 0,
      following: NOTHING,
      untilFollowing: 0,
    };
    this.#provide();
  }

  write(due: DueAudio): void {
    const piece = this.#piece;
    if (due.kind === 'packet') this.#follow(due);
    const { sampleRate, channels } = this.#decoder;
    const samplesPerUnit = sampleRate / due.clockRate;
    piece.kind = due.kind;
    piece.sampleRate = sampleRate;
    piece.channels = channels;
    piece.sampleCount = Math.round(due.duration * samplesPerUnit);
    piece.start = due.kind === 'packet' ? Math.round(due.skipped * samplesPerUnit) : 0;
    if (due.kind === 'packet') this.#decode(due);
    else if (due.kind === 'lost') this.#conceal(due);
    this.next.write(piece);
  }

  override end(): void {
    super.end();
    this.#payloads.close();
  }

  protected name(): string {
    return `decode(${this.#payloads.describe()})`;
  }

  #decode({ decoder, payload }: DueAudio): void {
    const { start, sampleCount } = this.#piece;
    this.#concealedMs = 0;
    const channels = decoder.channels;
    const decoded = decoder.decode(payload, this.#samples) * channels;
    if (decoded < (start + sampleCount) * channels) this.#samples.fill(0, decoded);
  }

  /** Lets the codec fill a hole if it can; else shows what comes behind it. */
  #conceal(due: DueAudio): void {
    const piece = this.#piece;
    const decoder = this.#decoder;
    const isFollowed = due.decoder === decoder && due.payload.length > 0;
    const ms = (piece.sampleCount * 1000) / piece.sampleRate;
    if (decoder.conceal !== undefined && this.#concealedMs + ms <= MAX_CONCEALED_MS) {
      this.#concealedMs += ms;
      const next = isFollowed && due.untilNext === 0 ? due.payload : undefined;
      decoder.conceal(this.#samples, piece.sampleCount, next);
      piece.kind = 'concealed';
      return;
    }
    piece.following = NOTHING;
    if (!isFollowed || decoder.isStateless !== true) return;
    const count = decoder.decode(due.payload, this.#following) * decoder.channels;
    piece.following = this.#following.subarray(0, count);
    piece.untilFollowing = (due.untilNext * decoder.sampleRate) / decoder.clockRate;
  }

  /** What a decoder remembers is good for the stream that it has just decoded, and for no other. */
  #follow({ decoder, generation }: DueAudio): void {
    if (decoder === this.#decoder && generation === this.#generation) return;
    this.#decoder = decoder;
    this.#generation = generation;
    decoder.reset();
    this.#provide();
  }

  /** Makes room for the longest packet of the decoder. */
  #provide(): void {
    const { sampleRate, channels } = this.#decoder;
    const needed = (sampleRate * MAX_DURATION_MS * channels) / 1000;
    if (this.#samples.length >= needed) return;
    this.#samples = new Int16Array(needed);
    this.#following = new Int16Array(needed);
    this.#piece.samples = this.#samples;
  }
}

/**
 * Takes payloads, gives 16-bit samples. Holes are filled by codecs that can, others pass through, with the sound behind
 * them if it has come. No delay, two packets of memory. Owns the decoders: they are closed at the end.
 */
export function decodeAudio(payloads: PayloadTable): Stage<DueAudio, PcmPiece> {
  return (next) => new DecodeAudio(next, payloads);
}
