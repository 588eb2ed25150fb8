import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { PayloadTable } from './audio-decoder.ts';
import type { DueAudio } from './jitter-buffer.ts';
import { MAX_PAYLOAD_BYTES } from './packet-window.ts';
import type { PcmPiece } from './pcm.ts';

class DecodeAudio extends PassingStage<DueAudio, PcmPiece> {
  readonly #payloads: PayloadTable;
  readonly #samples = new Int16Array(MAX_PAYLOAD_BYTES);
  readonly #piece: {
    kind: PcmPiece['kind'];
    sampleCount: number;
    samples: Int16Array;
    start: number;
  };

  constructor(next: Sink<PcmPiece>, payloads: PayloadTable) {
    super(next);
    this.#payloads = payloads;
    this.#piece = { kind: 'silent', sampleCount: 0, samples: this.#samples, start: 0 };
  }

  write(due: DueAudio): void {
    const piece = this.#piece;
    piece.kind = due.kind;
    piece.sampleCount = due.sampleCount;
    if (due.kind === 'packet') {
      due.decoder.decode(due.payload, this.#samples);
      piece.start = due.skipCount;
    }
    this.next.write(piece);
  }

  protected name(): string {
    return `decode(${this.#payloads.describe()})`;
  }
}

/** Takes payloads, gives 16-bit samples; holes pass through. No delay, one packet of memory (ITU-T G.711). */
export function decodeAudio(payloads: PayloadTable): Stage<DueAudio, PcmPiece> {
  return (next) => new DecodeAudio(next, payloads);
}
