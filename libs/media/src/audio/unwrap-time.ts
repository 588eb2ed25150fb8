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
  /** In units of the clock; never wraps within a generation. */
  timestamp = 0;
  /** RTP clock of the generation, in Hz. */
  clockRate = 0;
  /** How long its sound lasts, in units of the clock; 0 for what is never heard. */
  duration = 0;
}

/** RFC 3550 appendix A.1: steps of the sequence number that a network can explain. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** A timestamp that runs away from the clock by more than this belongs to another timeline. */
const MAX_TRANSIT_STEP_SECONDS = 1;

interface UnwrapTimeOptions {
  /** RTP clock expected, in Hz. */
  readonly clockRate: number;
  readonly counters: AudioCounters;
}

class UnwrapTime extends PassingStage<AcceptedPacket, TimedPacket> {
  readonly #counters: AudioCounters;
  readonly #sequences = new UnwrappedCounter(16);
  readonly #timestamps = new UnwrappedCounter(32);
  readonly #timed = new TimedPacket();
  #inputGeneration = -1;
  /** The highest sequence number so far; what is older is no measure for what comes. */
  #newest = -Infinity;
  #lastSequence = 0;
  #lastTimestamp = 0;
  /** The same, unwrapped. */
  #lastTime = 0;
  #lastArrival: Micros | undefined;
  #straySequence: number | undefined;

  constructor(next: Sink<TimedPacket>, { clockRate, counters }: UnwrapTimeOptions) {
    super(next);
    this.#timed.clockRate = clockRate;
    this.#counters = counters;
  }

  write(packet: AcceptedPacket): void {
    const { decoder, rtp } = packet;
    this.#timed.duration = decoder.duration(rtp.bytes, rtp.payloadOffset, rtp.payloadLength);
    // A codec with another clock has another timeline, whatever its sequence numbers say.
    const hasOtherClock = decoder.clockRate > 0 && decoder.clockRate !== this.#timed.clockRate;
    if (packet.generation !== this.#inputGeneration || hasOtherClock) {
      this.#inputGeneration = packet.generation;
      if (hasOtherClock) this.#timed.clockRate = decoder.clockRate;
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
    this.#newest = -Infinity;
    this.#lastArrival = undefined;
  }

  #isStray({ rtp, arrivalMicros }: AcceptedPacket): boolean {
    const step = signed(rtp.sequence - this.#lastSequence, 16);
    if (step >= MAX_DROPOUT || step <= -MAX_MISORDER) return true;
    if (this.#lastArrival === undefined || this.#timed.duration === 0) return false;
    const mediaSeconds = signed(rtp.timestamp - this.#lastTimestamp, 32) / this.#timed.clockRate;
    // Overtaken across a pause it is old, not of another timeline.
    if (step < 0 && mediaSeconds <= 0) return false;
    const clockSeconds = (arrivalMicros - this.#lastArrival) / 1e6;
    return Math.abs(mediaSeconds - clockSeconds) > MAX_TRANSIT_STEP_SECONDS;
  }

  #pass({ rtp, arrivalMicros, decoder }: AcceptedPacket): void {
    const timed = this.#timed;
    timed.rtp = rtp;
    timed.arrivalMicros = arrivalMicros;
    timed.decoder = decoder;
    timed.sequence = this.#sequences.unwrap(rtp.sequence);
    const isNewest = timed.sequence > this.#newest;
    if (isNewest) {
      this.#newest = timed.sequence;
      this.#lastSequence = rtp.sequence;
    }
    if (timed.duration > 0) {
      timed.timestamp = this.#timestamps.unwrap(rtp.timestamp);
      if (isNewest || this.#lastArrival === undefined) this.#measureFrom(rtp, arrivalMicros);
    } else {
      // A telephone event has the timestamp of its beginning, perhaps of another clock: it counts when it comes.
      const sinceMicros = arrivalMicros - (this.#lastArrival ?? arrivalMicros);
      timed.timestamp = this.#lastTime + Math.round((sinceMicros * timed.clockRate) / 1e6);
    }
    this.next.write(timed);
  }

  #measureFrom({ timestamp }: AcceptedPacket['rtp'], arrivalMicros: Micros): void {
    this.#lastTime = this.#timed.timestamp;
    this.#lastTimestamp = timestamp;
    this.#lastArrival = arrivalMicros;
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
