import { ArrivalHistory } from './arrival-history.ts';
import type { AudioCounters } from './audio-counters.ts';
import { PacketWindow, WINDOW_SIZE } from './packet-window.ts';
import type { TimedPacket } from './unwrap-time.ts';

/** How far behind the very first packet its predecessors may still come. */
const REORDER_AT_START = 8;

/** Packets in the order of their sequence numbers, and what became of every one of them, to the packet. */
export class PacketQueue {
  /** The packets that wait. */
  readonly window = new PacketWindow();
  readonly #counters: AudioCounters;
  readonly #history = new ArrivalHistory();
  /** The sequence number whose turn came last. */
  #played = 0;
  /** No turn has come yet: what is missing before the first packet is not lost. */
  #isFresh = true;
  #highest = 0;

  constructor(counters: AudioCounters) {
    this.#counters = counters;
  }

  /** The lowest sequence number that waits; undefined if none does. */
  get first(): number | undefined {
    return this.window.lowest(this.#played + 1);
  }

  /** Whether nothing is missing before a packet that waits. */
  isNext(sequence: number): boolean {
    return sequence === this.#played + 1;
  }

  /** Begins anew with a packet; what still waits is given up. */
  begin(sequence: number): void {
    this.#counters.overflowed += this.window.soundingCount;
    this.window.clear();
    this.#history.clear();
    this.#isFresh = true;
    this.#played = sequence - 1 - REORDER_AT_START;
    this.#highest = sequence;
  }

  /** Counts a packet whose turn has passed or that comes twice, makes room for a new one. */
  admit(sequence: number): 'new' | 'late' | 'double' {
    if (sequence <= this.#played && this.#history.redeem(sequence, this.#played)) {
      this.#counters.lost -= 1;
      this.#counters.late += 1;
      return 'late';
    }
    if (sequence <= this.#played || this.window.has(sequence)) {
      this.#counters.duplicates += 1;
      return 'double';
    }
    this.#makeRoom(sequence);
    if (sequence < this.#highest) this.#counters.reordered += 1;
    this.#highest = Math.max(this.#highest, sequence);
    return 'new';
  }

  /** Marks a packet as come too late to be heard. */
  putLate(packet: TimedPacket): void {
    this.#counters.late += 1;
    this.window.put(packet, 0);
  }

  /** The turn of a packet that waits has come. */
  take(sequence: number): void {
    this.#skipTo(sequence);
    this.#isFresh = false;
    this.window.remove(sequence);
    this.#history.markPlayed(sequence);
    this.#played = sequence;
  }

  /** Gives up the oldest turns until `sequence` fits into the window. */
  #makeRoom(sequence: number): void {
    const keepFrom = sequence - WINDOW_SIZE + 1;
    while (this.#played + 1 < keepFrom) {
      const oldest = this.first;
      if (oldest === undefined || oldest >= keepFrom) {
        this.#skipTo(keepFrom);
        return;
      }
      if (this.window.durationOf(oldest) > 0) this.#counters.overflowed += 1;
      this.take(oldest);
    }
  }

  /** The turns before `sequence` have come and were missed. */
  #skipTo(sequence: number): void {
    if (!this.#isFresh) {
      const missing = sequence - this.#played - 1;
      this.#history.markLost(this.#played + 1, sequence);
      this.#counters.lost += missing;
      if (missing > 0) this.#counters.lossBursts += 1;
    }
    this.#played = sequence - 1;
  }
}
