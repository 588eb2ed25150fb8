import type { Sink } from '../stage.ts';
import { inaudible } from './audio-decoder.ts';
import { DueAudio, NO_PAYLOAD } from './due-audio.ts';
import type { PacketWindow } from './packet-window.ts';

/** Hands on what is due, out of the window where packets wait: always the same object, filled again. */
export class DueWriter {
  readonly #next: Sink<DueAudio>;
  readonly #window: PacketWindow;
  readonly #due = new DueAudio();

  constructor(next: Sink<DueAudio>, window: PacketWindow) {
    this.#next = next;
    this.#window = window;
  }

  /** The RTP clock that durations are counted in, in Hz. */
  set clockRate(clockRate: number) {
    this.#due.clockRate = clockRate;
  }

  /** What is given from now on has nothing to do with what was before. */
  begin(): void {
    this.#due.generation += 1;
  }

  /** A packet that has just left the window, without its front of `skipped` units. */
  packet(slot: {
    readonly sequence: number;
    readonly duration: number;
    readonly skipped: number;
  }): void {
    const due = this.#due;
    due.kind = 'packet';
    due.decoder = this.#window.decoderOf(slot.sequence);
    due.payload = this.#window.payloadOf(slot.sequence);
    due.duration = slot.duration;
    due.skipped = slot.skipped;
    this.#next.write(due);
  }

  /** @param next The sequence number of the packet behind the hole, `untilNext` units behind this piece of it. */
  hole(duration: number, next: number | undefined, untilNext: number): void {
    const due = this.#due;
    const isKnown = next !== undefined && this.#window.durationOf(next) > 0;
    due.kind = 'lost';
    due.decoder = isKnown ? this.#window.decoderOf(next) : inaudible;
    due.payload = isKnown ? this.#window.payloadOf(next) : NO_PAYLOAD;
    due.untilNext = isKnown ? untilNext : 0;
    due.duration = duration;
    this.#next.write(due);
  }

  /** A pause of the sender. */
  silence(duration: number): void {
    this.#due.kind = 'silent';
    this.#due.duration = duration;
    this.#next.write(this.#due);
  }
}
