import type { Micros } from '#foundation';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import { ArrivalHistory } from './arrival-history.ts';
import type { AudioCounters } from './audio-counters.ts';
import { inaudible } from './audio-decoder.ts';
import type { AudioDecoder } from './audio-decoder.ts';
import { DelayKeeper } from './delay-keeper.ts';
import { MAX_DURATION_MS, PacketWindow, WINDOW_SIZE } from './packet-window.ts';
import { TICKS_PER_SECOND } from './pcm.ts';
import type { PlayoutMeter } from './playout-meter.ts';
import type { Playout } from './playout.ts';
import type { TimedPacket } from './unwrap-time.ts';

const NOTHING = new Uint8Array(0);

/**
 * What to play next. Lent, and filled again for the next one.
 * `packet` is audio, `lost` a hole where audio should have been, `silent` a pause of the sender.
 */
export class DueAudio {
  kind: 'packet' | 'lost' | 'silent' = 'silent';
  /** Time that this item stands for, in units of the RTP clock, what is to be skipped not counted. */
  duration = 0;
  /** The RTP clock, in Hz. */
  clockRate = 0;
  /** Units to leave out at the front of a packet: their time was filled already. */
  skipped = 0;
  /** Of a packet: its own. Of a hole: that of the packet behind it. */
  decoder: AudioDecoder = inaudible;
  /** Of a packet: its own. Of a hole: that of the packet behind it, empty if that has not come. */
  payload: Uint8Array = NOTHING;
  /** Of a hole: units between the end of this item and the packet behind it. */
  untilNext = 0;
}

interface JitterBufferOptions {
  /** How long the first packet waits. 20 to 300. */
  readonly targetMs: number;
  /** RTP clock expected, in Hz: what is counted in until a packet says otherwise. */
  readonly clockRate: number;
  readonly counters: AudioCounters;
  /** Says how much is to be given at a tick. */
  readonly playout: Playout;
  /** Shown what is in store. */
  readonly meter: PlayoutMeter;
}

/** What is in store at most; more is a burst after a stall, and its older part is skipped. */
const MAX_DEPTH_MS = 500;
const MAX_STRETCH_MS = 240;
/** Packets in a row that came too late: the network has become slower for good. */
const LATE_RUN = 5;
/** Holes are measured in steps that are whole samples at every rate: clocks are multiples of this, or sample rates. */
const FINEST_STEP_HZ = 8000;
/** How far behind the very first packet its predecessors may still come. */
const REORDER_AT_START = 8;

class JitterBuffer extends PassingStage<TimedPacket, DueAudio> {
  readonly #targetMs: number;
  #clockRate = 0;
  /** Holes are multiples of it. */
  #stepUnits = 1;
  #tickUnits = 0;
  #targetUnits = 0;
  #maxDepthUnits = 0;
  readonly #counters: AudioCounters;
  readonly #playout: Playout;
  readonly #meter: PlayoutMeter;
  #delay: DelayKeeper;
  readonly #window = new PacketWindow();
  readonly #history = new ArrivalHistory();
  readonly #due = new DueAudio();
  #generation = -1;
  /** The sequence number whose turn came last. */
  #played = 0;
  /** No turn of this generation has come yet: what is missing before the first packet is not lost. */
  #isFresh = true;
  #highest = 0;
  /** The end of the newest audio that came in time, in units of the sender's clock. */
  #newestEnd = 0;
  /** Sender's time up to which output was given; undefined while the first packet waits. */
  #covered: number | undefined;
  /** Units that are to be filled without moving on, so that all that follows waits longer. */
  #owedWait = 0;
  #waitingSince: Micros | undefined;
  #lateRun = 0;

  constructor(next: Sink<DueAudio>, options: JitterBufferOptions) {
    super(next);
    const { targetMs, clockRate, counters, playout, meter } = options;
    this.#playout = playout;
    this.#meter = meter;
    this.#targetMs = targetMs;
    this.#counters = counters;
    this.#delay = this.#measureIn(clockRate);
  }

  write(packet: TimedPacket): void {
    if (isTooLong(packet)) {
      this.#counters.malformed += 1;
      return;
    }
    if (packet.generation !== this.#generation) this.#begin(packet);
    if (packet.sequence <= this.#played) this.#countPassed(packet.sequence);
    else if (this.#window.has(packet.sequence)) this.#counters.duplicates += 1;
    else this.#keep(packet);
  }

  override tick(now: Micros): void {
    if (this.#covered === undefined) this.#startPlaying(now);
    if (this.#covered === undefined) this.#beSilent();
    else this.#play(this.#covered);
    const stored = this.#newestEnd - (this.#covered ?? Infinity);
    this.#meter.bufferMs = Math.max(0, (stored * 1000) / this.#clockRate);
    super.tick(now);
  }

  protected name(): string {
    return `jitter(${this.#targetMs}ms)`;
  }

  /** All times are kept in units of the sender's clock. */
  #measureIn(clockRate: number): DelayKeeper {
    this.#clockRate = clockRate;
    this.#due.clockRate = clockRate;
    this.#stepUnits = clockRate % FINEST_STEP_HZ === 0 ? clockRate / FINEST_STEP_HZ : 1;
    this.#tickUnits = clockRate / TICKS_PER_SECOND;
    this.#targetUnits = (this.#targetMs * clockRate) / 1000;
    this.#maxDepthUnits = (MAX_DEPTH_MS * clockRate) / 1000;
    return new DelayKeeper({
      targetUnits: this.#targetUnits,
      tickUnits: this.#tickUnits,
      maxStretchUnits: (MAX_STRETCH_MS * clockRate) / 1000,
    });
  }

  #begin(packet: TimedPacket): void {
    this.#generation = packet.generation;
    if (packet.clockRate !== this.#clockRate) this.#delay = this.#measureIn(packet.clockRate);
    this.#window.clear();
    this.#history.clear();
    this.#isFresh = true;
    this.#played = packet.sequence - 1 - REORDER_AT_START;
    this.#highest = packet.sequence;
    this.#wait();
  }

  /** Plays nothing until a packet has waited for the target. */
  #wait(): void {
    this.#covered = undefined;
    this.#newestEnd = -Infinity;
    this.#waitingSince = undefined;
    this.#lateRun = 0;
    this.#owedWait = 0;
    this.#delay.reset();
  }

  #countPassed(sequence: number): void {
    if (this.#history.redeem(sequence, this.#played)) {
      this.#counters.lost -= 1;
      this.#countLate();
    } else {
      this.#counters.duplicates += 1;
    }
  }

  #countLate(): void {
    this.#counters.late += 1;
    this.#delay.countLate();
  }

  #keep(packet: TimedPacket): void {
    const { sequence, timestamp, arrivalMicros, duration } = packet;
    this.#makeRoom(sequence);
    if (sequence < this.#highest) this.#counters.reordered += 1;
    this.#highest = Math.max(this.#highest, sequence);
    const end = timestamp + duration;
    if (this.#covered !== undefined && duration > 0 && end <= this.#covered) {
      if (!this.#hasFallenBehind(packet, this.#covered)) {
        this.#countLate();
        this.#window.put(packet, 0);
        return;
      }
      this.#wait();
    }
    this.#window.put(packet, duration);
    if (duration === 0) return;
    this.#lateRun = 0;
    this.#newestEnd = Math.max(this.#newestEnd, end);
    this.#waitingSince ??= arrivalMicros;
    this.#skipExcess();
  }

  /** A late packet with nothing in store behind it: the sender paused its clock or the network slowed. */
  #hasFallenBehind(packet: TimedPacket, covered: number): boolean {
    if (this.#newestEnd > covered) return false;
    this.#lateRun += 1;
    return packet.rtp.marker || this.#lateRun >= LATE_RUN;
  }

  /** Gives up the oldest turns until `sequence` fits into the window. */
  #makeRoom(sequence: number): void {
    const keepFrom = sequence - WINDOW_SIZE + 1;
    while (this.#played + 1 < keepFrom) {
      const oldest = this.#window.lowest(this.#played + 1);
      if (oldest === undefined || oldest >= keepFrom) {
        this.#passOver(keepFrom);
        return;
      }
      this.#counters.overflowed += 1;
      this.#take(oldest);
    }
  }

  #startPlaying(now: Micros): void {
    if (this.#waitingSince === undefined) return;
    if (now - this.#waitingSince < this.#targetMs * 1000) return;
    let first = this.#window.lowest(this.#played + 1);
    while (first !== undefined && this.#window.durationOf(first) === 0) {
      this.#take(first);
      first = this.#window.lowest(first + 1);
    }
    if (first === undefined) return;
    this.#covered = this.#window.timestampOf(first);
    this.#skipExcess();
  }

  #beSilent(): void {
    for (let units = this.#missing(); units > 0; units = this.#missing()) {
      this.#giveGap('silent', units);
    }
  }

  #play(covered: number): void {
    let hasPlayed = false;
    let at = covered;
    for (let units = this.#missing(); units > 0; units = this.#missing()) {
      const sequence = this.#window.lowest(this.#played + 1);
      const start = sequence === undefined ? Infinity : this.#window.timestampOf(sequence);
      if (this.#owedWait > 0) this.#makeWait(units);
      else if (sequence !== undefined && start <= at) {
        const given = this.#givePacket(sequence, at - start);
        hasPlayed ||= given > 0;
        at += given;
      } else {
        const gap = Math.min(start - at, units);
        if (sequence === this.#played + 1) this.#giveGap('silent', gap);
        else this.#giveHole(gap, sequence, start - at - gap);
        at += gap;
      }
    }
    this.#covered = at;
    if (hasPlayed) this.#correct(this.#delay.judge(this.#newestEnd - at));
  }

  /** Units of the sender's sound that the frame of this tick still lacks. */
  #missing(): number {
    const units = (this.#playout.missingMs * this.#clockRate) / 1000;
    // A product that is whole but for the rounding of its factors is meant to be whole.
    return Math.ceil(units / this.#stepUnits - 1e-6) * this.#stepUnits;
  }

  #makeWait(units: number): void {
    const gap = Math.min(units, this.#owedWait);
    this.#owedWait -= gap;
    this.#giveHole(gap, undefined, 0);
  }

  #correct(units: number): void {
    if (units > 0) this.#owedWait += units;
    if (units < 0) this.#skip(-units);
  }

  /** A burst after a stall has filled the buffer: plays on from the target. */
  #skipExcess(): void {
    const depth = this.#newestEnd - (this.#covered ?? Infinity);
    if (depth > this.#maxDepthUnits) this.#skip(depth - this.#targetUnits);
  }

  #skip(units: number): void {
    if (this.#covered === undefined) return;
    this.#covered += units;
    this.#counters.trimmedMs += (units * 1000) / this.#clockRate;
  }

  /** @returns Units given, 0 if the whole packet lies before what is owed. */
  #givePacket(sequence: number, skipped: number): number {
    const duration = this.#window.durationOf(sequence) - skipped;
    const due = this.#due;
    due.decoder = this.#window.decoderOf(sequence);
    due.payload = this.#window.payloadOf(sequence);
    this.#take(sequence);
    if (duration <= 0) return 0;
    due.kind = 'packet';
    due.duration = duration;
    due.skipped = skipped;
    this.next.write(due);
    return duration;
  }

  /** @param next The sequence number of the packet behind the hole, `untilNext` behind this item. */
  #giveHole(duration: number, next: number | undefined, untilNext: number): void {
    const due = this.#due;
    const isKnown = next !== undefined && this.#window.durationOf(next) > 0;
    due.decoder = isKnown ? this.#window.decoderOf(next) : inaudible;
    due.payload = isKnown ? this.#window.payloadOf(next) : NOTHING;
    due.untilNext = isKnown ? untilNext : 0;
    this.#giveGap('lost', duration);
  }

  #giveGap(kind: 'lost' | 'silent', duration: number): void {
    this.#due.kind = kind;
    this.#due.duration = duration;
    this.next.write(this.#due);
  }

  /** The turn of `sequence` has come. */
  #take(sequence: number): void {
    this.#passOver(sequence);
    this.#window.remove(sequence);
    this.#history.markPlayed(sequence);
    this.#played = sequence;
  }

  /** The turns before `sequence` have come and were missed. */
  #passOver(sequence: number): void {
    if (!this.#isFresh) {
      const missing = sequence - this.#played - 1;
      this.#history.markLost(this.#played + 1, sequence);
      this.#counters.lost += missing;
      if (missing > 0) this.#counters.lossBursts += 1;
    }
    this.#isFresh = false;
    this.#played = sequence - 1;
  }
}

function isTooLong({ duration, clockRate }: TimedPacket): boolean {
  return duration * 1000 > MAX_DURATION_MS * clockRate;
}

/**
 * Takes packets as the network brings them, gives at every tick what the frame of that tick lacks, in the sender's
 * order: packets and the holes between them.
 *
 * @remarks Delay: the target for the first packet, corrected when clocks drift or the network slows. Memory:
 * at most 128 packets: 20 KB when they hold 20 ms of G.711 or less. Late and doubled packets are dropped, more
 * than 500 ms in store is skipped; all is counted. A hole whose sequence numbers are missing is `lost`,
 * one without missing numbers is a pause of the sender (`silent`).
 * @see RFC 3550 section 5.1 (timestamp, sequence number); RFC 3551 section 4.1 (pauses)
 */
export function jitterBuffer(options: JitterBufferOptions): Stage<TimedPacket, DueAudio> {
  return (next) => new JitterBuffer(next, options);
}
