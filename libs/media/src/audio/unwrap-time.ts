import { UnwrappedCounter } from '#foundation';
import type { Micros } from '#foundation';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioCounters } from './audio-counters.ts';
import { AcceptedPacket } from './lock-source.ts';

/** A packet whose sequence number and timestamp are plain growing numbers. Lent. */
export class TimedPacket extends AcceptedPacket {
  /** Never wraps within a generation. */
  sequence = 0;
  /** In samples; never wraps within a generation. */
  timestamp = 0;
}

/** RFC 3550 appendix A.1: steps of the sequence number that a network can explain. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** A timestamp that runs away from the clock by more than this belongs to another timeline. */
const MAX_TRANSIT_STEP_SECONDS = 1;

interface UnwrapTimeOptions {
  readonly clockRate: number;
  readonly counters: AudioCounters;
}

class UnwrapTime extends PassingStage<AcceptedPacket, TimedPacket> {
  readonly #clockRate: number;
  readonly #counters: AudioCounters;
  readonly #sequences = new UnwrappedCounter(16);
  readonly #timestamps = new UnwrappedCounter(32);
  readonly #timed = new TimedPacket();
  #inputGeneration = -1;
  #lastSequence = 0;
  #lastTimestamp = 0;
  #lastArrival: Micros | undefined;
  #straySequence: number | undefined;

  constructor(next: Sink<TimedPacket>, { clockRate, counters }: UnwrapTimeOptions) {
    super(next);
    this.#clockRate = clockRate;
    this.#counters = counters;
  }

  write(packet: AcceptedPacket): void {
    if (packet.generation !== this.#inputGeneration) {
      this.#inputGeneration = packet.generation;
      this.#begin();
    } else if (this.#isStray(packet)) {
      if (packet.rtp.sequence !== this.#straySequence) {
        this.#straySequence = (packet.rtp.sequence + 1) & 0xffff;
        this.#counters.strays += 1;
        return;
      }
      this.#counters.restarts += 1;
      this.#begin();
    }
    this.#straySequence = undefined;
    this.#pass(packet);
  }

  #begin(): void {
    this.#timed.generation += 1;
    this.#sequences.reset();
    this.#timestamps.reset();
    this.#lastArrival = undefined;
  }

  #isStray({ rtp, arrivalMicros, decoder }: AcceptedPacket): boolean {
    const step = signed(rtp.sequence - this.#lastSequence, 16);
    if (step >= MAX_DROPOUT || step <= -MAX_MISORDER) return true;
    if (this.#lastArrival === undefined || decoder.sampleCount(rtp.payloadLength) === 0)
      return false;
    const mediaSeconds = signed(rtp.timestamp - this.#lastTimestamp, 32) / this.#clockRate;
    const clockSeconds = (arrivalMicros - this.#lastArrival) / 1e6;
    return Math.abs(mediaSeconds - clockSeconds) > MAX_TRANSIT_STEP_SECONDS;
  }

  #pass({ rtp, arrivalMicros, decoder }: AcceptedPacket): void {
    const timed = this.#timed;
    timed.rtp = rtp;
    timed.arrivalMicros = arrivalMicros;
    timed.decoder = decoder;
    timed.sequence = this.#sequences.unwrap(rtp.sequence);
    timed.timestamp = this.#timestamps.unwrap(rtp.timestamp);
    this.#lastSequence = rtp.sequence;
    // The timestamp of a telephone event stands still while the event lasts.
    if (decoder.sampleCount(rtp.payloadLength) > 0) {
      this.#lastTimestamp = rtp.timestamp;
      this.#lastArrival = arrivalMicros;
    }
    this.next.write(timed);
  }

  protected name(): string {
    return 'unwrap';
  }
}

/** The difference of two counters of `bits` width, as the nearer of its two readings. */
function signed(difference: number, bits: 16 | 32): number {
  return (difference << (32 - bits)) >> (32 - bits);
}

/**
 * Takes packets with wrapping counters, gives packets with plain growing ones. No delay, no memory.
 * A packet far from its predecessor is dropped and counted; if the next one continues it, a new generation
 * begins with that. A pause of the sender moves timestamp and clock alike and is no such step.
 *
 * @see RFC 3550 appendix A.1; RFC 1982 section 3.2
 */
export function unwrapTime(options: UnwrapTimeOptions): Stage<AcceptedPacket, TimedPacket> {
  return (next) => new UnwrapTime(next, options);
}
