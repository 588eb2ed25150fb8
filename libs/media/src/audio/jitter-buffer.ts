import type { Micros } from '#foundation';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioCounters } from './audio-counters.ts';
import { DelayEstimate } from './delay-estimate.ts';
import type { DueAudio } from './due-audio.ts';
import { DueWriter } from './due-writer.ts';
import { PacketQueue } from './packet-queue.ts';
import { isTooLong } from './packet-window.ts';
import { TICK_MS } from './pcm.ts';
import type { PlayoutMeter } from './playout-meter.ts';
import { PlayoutSpeed } from './playout-speed.ts';
import type { JitterRange } from './playout-speed.ts';
import type { Playout } from './playout.ts';
import { SenderClock } from './sender-clock.ts';
import type { TimedPacket } from './unwrap-time.ts';

interface JitterBufferOptions {
  /** How long packets may be made to wait. */
  readonly range: JitterRange;
  /** RTP clock expected, in Hz: what is counted in until a packet says otherwise. */
  readonly clockRate: number;
  readonly counters: AudioCounters;
  /** Says how much is to be given at a tick; told how fast to play. */
  readonly playout: Playout;
  /** Shown what is in store. */
  readonly meter: PlayoutMeter;
}

/** A wait longer than wanted by more is cut at the beginning, where nobody knows what is left out. */
const MAX_EXCESS_AT_START_MS = 150;
/** A wait shorter than wanted by less is left to the speed. */
const LEAST_SHORTFALL_MS = 10;
/** Packets in a row that came too late: the network has become slower for good. */
const LATE_RUN = 5;

/** All times of the sender are in units of its clock. */
class JitterBuffer extends PassingStage<TimedPacket, DueAudio> {
  readonly #range: JitterRange;
  readonly #counters: AudioCounters;
  readonly #playout: Playout;
  readonly #meter: PlayoutMeter;
  readonly #queue: PacketQueue;
  readonly #estimate = new DelayEstimate();
  readonly #speed: PlayoutSpeed;
  readonly #give: DueWriter;
  #clock: SenderClock;
  #generation = -1;
  /** The end of the newest audio that came in time. */
  #newestEnd = 0;
  /** Sender's time up to which output was given; undefined while the first packet waits. */
  #covered: number | undefined;
  /** Our time minus the sender's time that is on air, in milliseconds. */
  #offsetMs = 0;
  /** Units to be silent before the first packet. */
  #leadIn = 0;
  /** Units by which packets shall wait longer, as soon as a hole gives the chance. */
  #shortfall = 0;
  /** Of the last packet heard. */
  #packetUnits = 0;
  #lateRun = 0;

  constructor(next: Sink<DueAudio>, options: JitterBufferOptions) {
    super(next);
    const { range, clockRate, counters, playout, meter } = options;
    this.#range = range;
    this.#counters = counters;
    this.#playout = playout;
    this.#meter = meter;
    this.#queue = new PacketQueue(counters);
    this.#give = new DueWriter(next, this.#queue.window);
    this.#speed = new PlayoutSpeed({ range, estimate: this.#estimate, playout, meter });
    this.#clock = new SenderClock(clockRate);
    this.#give.clockRate = clockRate;
  }

  write(packet: TimedPacket): void {
    if (isTooLong(packet)) {
      this.#counters.malformed += 1;
      return;
    }
    if (packet.generation !== this.#generation) this.#begin(packet);
    const admission = this.#queue.admit(packet.sequence);
    if (admission === 'double') return;
    if (packet.duration > 0) this.#hear(packet);
    if (admission === 'new') this.#keep(packet);
  }

  override tick(now: Micros): void {
    if (this.#covered === undefined) this.#startPlaying(now);
    else this.#follow(now, this.#covered);
    if (this.#covered === undefined) this.#beSilent();
    else this.#play(this.#covered);
    super.tick(now);
  }

  protected name(): string {
    const { minMs, maxMs } = this.#range;
    return `jitter(${minMs === maxMs ? minMs : `${minMs}-${maxMs}`}ms)`;
  }

  #begin(packet: TimedPacket): void {
    this.#generation = packet.generation;
    this.#give.begin();
    this.#clock = new SenderClock(packet.clockRate);
    this.#give.clockRate = packet.clockRate;
    this.#queue.begin(packet.sequence);
    this.#speed.reset();
    this.#packetUnits = 0;
    this.#wait();
  }

  /** Plays nothing until a packet has waited for the target. */
  #wait(): void {
    this.#covered = undefined;
    this.#newestEnd = -Infinity;
    this.#leadIn = 0;
    this.#shortfall = 0;
    this.#lateRun = 0;
    this.#meter.bufferMs = 0;
    this.#estimate.reset();
  }

  #hear({ arrivalMicros, timestamp, duration }: TimedPacket): void {
    const { unitsPerMs } = this.#clock;
    const packetMs = duration / unitsPerMs;
    this.#speed.hear(this.#estimate.add(arrivalMicros, timestamp / unitsPerMs, packetMs), packetMs);
  }

  #keep(packet: TimedPacket): void {
    const { timestamp, duration } = packet;
    if (duration > 0 && this.#covered !== undefined && timestamp < this.#covered) {
      if (!this.#receiveLate(packet, this.#covered)) {
        this.#queue.putLate(packet);
        return;
      }
    }
    this.#queue.window.put(packet, duration);
    if (duration === 0) return;
    this.#lateRun = 0;
    this.#newestEnd = Math.max(this.#newestEnd, timestamp + duration);
  }

  /** A packet whose time has been filled already, at least in part. @returns Whether any of it can be heard. */
  #receiveLate(packet: TimedPacket, covered: number): boolean {
    const { timestamp, duration } = packet;
    if (this.#mayStepBack(timestamp, covered)) {
      this.#covered = timestamp;
      this.#offsetMs += (covered - timestamp) / this.#clock.unitsPerMs;
      return true;
    }
    if (timestamp + duration > covered) return true;
    if (!this.#hasFallenBehind(packet, covered)) return false;
    this.#wait();
    this.#hear(packet);
    return true;
  }

  /** Nothing but invention was heard since this time, and all may wait for so much longer. */
  #mayStepBack(timestamp: number, covered: number): boolean {
    if (this.#newestEnd > timestamp) return false;
    const waitMs = this.#offsetMs - this.#estimate.baseMs;
    return waitMs + (covered - timestamp) / this.#clock.unitsPerMs <= this.#speed.maxMs;
  }

  /** A late packet with nothing in store behind it: the sender paused its clock or the network slowed. */
  #hasFallenBehind(packet: TimedPacket, covered: number): boolean {
    if (this.#newestEnd > covered) return false;
    this.#lateRun += 1;
    return packet.rtp.marker || this.#lateRun >= LATE_RUN;
  }

  #startPlaying(now: Micros): void {
    this.#speed.idle();
    const first = this.#firstSounding();
    if (first === undefined) return;
    const start = this.#queue.window.timestampOf(first);
    const wantedMs = now / 1000 - this.#estimate.baseMs - this.#speed.targetMs;
    const leadInMs = start / this.#clock.unitsPerMs - wantedMs;
    // What is left of the wait by less than a beat is spent within it.
    if (leadInMs > TICK_MS - 1e-6) return;
    this.#covered = start;
    if (leadInMs > 0) this.#leadIn = this.#clock.wholeSteps(leadInMs);
    else if (leadInMs < -MAX_EXCESS_AT_START_MS) this.#skip(-leadInMs);
    this.#offsetMs = now / 1000 - (this.#covered - this.#leadIn) / this.#clock.unitsPerMs;
  }

  #firstSounding(): number | undefined {
    let first = this.#queue.first;
    while (first !== undefined && this.#queue.window.durationOf(first) === 0) {
      this.#queue.take(first);
      first = this.#queue.first;
    }
    return first;
  }

  /** Compares how long packets wait with how long they should. */
  #follow(now: Micros, covered: number): void {
    const onAirMs = covered / this.#clock.unitsPerMs - this.#playout.aheadMs;
    this.#offsetMs = now / 1000 - onAirMs;
    this.#meter.driftPpm = this.#estimate.drift.surePpm;
    this.#shortfall = 0;
    if (this.#newestEnd / this.#clock.unitsPerMs <= onAirMs) {
      this.#meter.bufferMs = 0;
      this.#speed.idle();
      return;
    }
    this.#meter.bufferMs = Math.max(0, this.#offsetMs - this.#estimate.meanMs);
    const waitMs = this.#offsetMs - this.#estimate.baseMs;
    this.#speed.follow(waitMs);
    this.#skip(this.#speed.surplusMs(waitMs));
    const lackMs = this.#speed.targetMs - waitMs;
    if (lackMs > LEAST_SHORTFALL_MS) this.#shortfall = this.#clock.wholeSteps(lackMs);
  }

  /** A burst has filled the buffer: plays on from the target. */
  #skip(ms: number): void {
    if (this.#covered === undefined) return;
    this.#covered += this.#clock.wholeSteps(ms);
    this.#counters.trimmedMs += ms;
  }

  #beSilent(): void {
    for (let units = this.#missing(); units > 0; units = this.#missing()) {
      this.#give.silence(units);
    }
  }

  #play(covered: number): void {
    let at = covered;
    for (let units = this.#missing(); units > 0; units = this.#missing()) {
      const sequence = this.#queue.first;
      const start = sequence === undefined ? Infinity : this.#queue.window.timestampOf(sequence);
      if (this.#leadIn > 0) this.#giveLeadIn(units);
      else if (sequence !== undefined && start <= at) at += this.#givePacket(sequence, at - start);
      else at += this.#fill({ units, at, start, sequence });
    }
    this.#covered = at;
  }

  /** Units of the sender's sound that the frame of this tick still lacks. */
  #missing(): number {
    return this.#clock.wholeSteps(this.#playout.missingMs);
  }

  #giveLeadIn(units: number): void {
    const gap = Math.min(units, this.#leadIn);
    this.#leadIn -= gap;
    this.#give.silence(gap);
  }

  /** @returns Units given, 0 if the whole packet lies before what is owed. */
  #givePacket(sequence: number, skipped: number): number {
    const whole = this.#queue.window.durationOf(sequence);
    const duration = whole - skipped;
    this.#queue.take(sequence);
    if (duration <= 0) {
      if (whole > 0) this.#counters.overflowed += 1;
      return 0;
    }
    this.#counters.played += 1;
    this.#packetUnits = whole;
    this.#give.packet({ sequence, duration, skipped });
    return duration;
  }

  /** Fills the time before a packet, or all of it if none waits. @returns Units by which the sender's time moves on. */
  #fill(hole: { units: number; at: number; start: number; sequence: number | undefined }): number {
    const { units, at, start, sequence } = hole;
    const isPause = sequence !== undefined && this.#queue.isNext(sequence);
    const wait = Math.min(units, this.#shortfall);
    if (wait > 0) {
      this.#shortfall -= wait;
      if (isPause) this.#give.silence(wait);
      else this.#give.hole(wait, undefined, 0);
      return 0;
    }
    if (isPause) {
      const gap = Math.min(start - at, units);
      this.#give.silence(gap);
      return gap;
    }
    // What was due now and is not there will not come in time: a codec may fill the packet's place as a whole.
    const most = sequence === undefined ? units : Math.max(units, this.#packetUnits);
    const gap = Math.min(start - at, most);
    this.#give.hole(gap, sequence, start - at - gap);
    return gap;
  }
}

/**
 * Takes packets as the network brings them, gives at every tick what the frame of that tick lacks, in the sender's
 * order: packets and the holes between them.
 *
 * @remarks Delay: as long as nearly all packets need to come in time, within the range. It grows at once, where sound is
 * missing anyway, and shrinks by playing faster. Memory: at most 128 packets: 20 KB when they hold 20 ms of G.711 or
 * less. Late and doubled packets are dropped, more than 300 ms above the wanted delay is skipped; all is counted. A hole
 * whose sequence numbers are missing is `lost`, one without missing numbers is a pause of the sender (`silent`).
 * @see RFC 3550 section 5.1 (timestamp, sequence number); RFC 3551 section 4.1 (pauses)
 */
export function jitterBuffer(options: JitterBufferOptions): Stage<TimedPacket, DueAudio> {
  return (next) => new JitterBuffer(next, options);
}
