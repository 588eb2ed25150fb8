import type { Micros } from '#foundation';
import type { ReportBlock } from './rtcp-packet.ts';

/** The figures of a report block that come from the packets alone. */
export type ReceptionFigures = Pick<
  ReportBlock,
  'fractionLost' | 'cumulativeLost' | 'highestSequence' | 'jitter'
>;

const MAX_CUMULATIVE_LOST = 0x7f_ffff;
const MIN_CUMULATIVE_LOST = -0x80_0000;

/**
 * Counts what arrives from one source, as RTCP reports it.
 *
 * @remarks Sequence numbers and timestamps come unwrapped, so that wraps are no concern here.
 * @see RFC 3550 section 6.4.1, appendix A.3 (loss) and A.8 (jitter)
 */
export class ReceptionStatistics {
  #clockRate: number;
  #firstSequence: number | undefined;
  #highestSequence = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #lastTransit: number | undefined;
  #jitterSixteenths = 0;

  /** @param clockRate Timestamp units per second. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /**
   * Counts one packet, duplicates included.
   *
   * @param timestamp Undefined where it says nothing about the packet's time: it stays out of the jitter.
   */
  add(sequence: number, timestamp: number | undefined, arrivalMicros: Micros): void {
    if (this.#firstSequence === undefined) {
      this.#firstSequence = sequence;
      this.#highestSequence = sequence;
    }
    if (timestamp !== undefined) this.#measureJitter(timestamp, arrivalMicros);
    this.#highestSequence = Math.max(this.#highestSequence, sequence);
    this.#received += 1;
  }

  /** Forgets everything: the source has changed or begun anew. @param clockRate Default: as before. */
  reset(clockRate = this.#clockRate): void {
    this.#clockRate = clockRate;
    this.#firstSequence = undefined;
    this.#highestSequence = 0;
    this.#lastTransit = undefined;
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#jitterSixteenths = 0;
  }

  /** Interarrival jitter in milliseconds. */
  get jitterMs(): number {
    return (this.jitter * 1000) / this.#clockRate;
  }

  /** Interarrival jitter in timestamp units. */
  get jitter(): number {
    return this.#jitterSixteenths / 16;
  }

  /** The figures of now; the fraction is counted since the last call. Undefined before the first packet. */
  report(): ReceptionFigures | undefined {
    if (this.#firstSequence === undefined) return undefined;
    const expected = this.#highestSequence - this.#firstSequence + 1;
    const lost = expected - this.#received;
    return {
      fractionLost: this.#fractionLost(expected),
      cumulativeLost: Math.max(MIN_CUMULATIVE_LOST, Math.min(MAX_CUMULATIVE_LOST, lost)),
      highestSequence: ((this.#highestSequence % 2 ** 32) + 2 ** 32) % 2 ** 32,
      jitter: Math.floor(this.jitter),
    };
  }

  #measureJitter(timestamp: number, arrivalMicros: Micros): void {
    const transit = (arrivalMicros * this.#clockRate) / 1e6 - timestamp;
    const change = Math.abs(transit - (this.#lastTransit ?? transit));
    this.#jitterSixteenths += change - this.#jitterSixteenths / 16;
    this.#lastTransit = transit;
  }

  #fractionLost(expected: number): number {
    const expectedNow = expected - this.#expectedBefore;
    const receivedNow = this.#received - this.#receivedBefore;
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const lostNow = expectedNow - receivedNow;
    return expectedNow === 0 || lostNow <= 0
      ? 0
      : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
  }
}
