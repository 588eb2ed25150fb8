import type { Micros } from '#foundation';

/**
 * Servers may or may not count the handshake (3073 bytes) when they acknowledge, and answer a little late:
 * an acknowledgement is overdue only so many bytes past the window.
 */
const SLACK_BYTES = 4096;
/** An acknowledgement is given at least this part of the timeout after it has fallen due. */
const GRACE_PART = 0.25;
const ACK_RANGE = 2 ** 32;

/**
 * Decides whether a server is dead, from what it acknowledges and what the socket still takes.
 *
 * @remarks Acknowledgements count only for servers that have sent one: some never do. For those the socket
 * alone speaks, and the kernel's send buffer hides a silent peer until it is full.
 */
export class Liveness {
  readonly #timeoutMicros: number;
  readonly #ackWindowBytes: number;
  /**
   * What lay between the last acknowledgements: servers may use a window of their own. The smaller one of two
   * counts, for after a pause one is larger than the window.
   */
  #lastGapBytes = Number.POSITIVE_INFINITY;
  #gapBytes = 0;
  #sentBytes = 0;
  #ackedBytes = 0;
  #lastAck: Micros | undefined;
  #overdueSince: Micros | undefined;
  #stuckSince: Micros | undefined;

  constructor(options: { readonly timeoutMs: number; readonly ackWindowBytes: number }) {
    this.#timeoutMicros = options.timeoutMs * 1000;
    this.#ackWindowBytes = options.ackWindowBytes;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get ackedBytes(): number {
    return this.#ackedBytes;
  }

  /** Bytes were given to the socket. */
  sent(sizeBytes: number, now: Micros): void {
    this.#sentBytes += sizeBytes;
    if (this.#isOverdue()) this.#overdueSince ??= now;
  }

  /** The server has acknowledged; a number that is not ahead of the last, or never sent, is no progress. */
  acknowledged(sequenceNumber: number, now: Micros): void {
    const gap = (((sequenceNumber - this.#ackedBytes) % ACK_RANGE) + ACK_RANGE) % ACK_RANGE;
    if (gap === 0 || this.#ackedBytes + gap > this.#sentBytes) return;
    this.#ackedBytes += gap;
    this.#gapBytes = Math.min(gap, this.#lastGapBytes);
    this.#lastGapBytes = gap;
    this.#lastAck = now;
    this.#overdueSince = this.#isOverdue() ? now : undefined;
  }

  /** What the socket holds back, looked at after each write and each time something has left. */
  waiting(sizeBytes: number, hasProgressed: boolean, now: Micros): void {
    if (sizeBytes === 0) this.#stuckSince = undefined;
    else if (hasProgressed) this.#stuckSince = now;
    else this.#stuckSince ??= now;
  }

  isDead(now: Micros): boolean {
    const isAckLate = this.#lastAck !== undefined && now - this.#lastAck >= this.#timeoutMicros;
    const isOverdue =
      this.#overdueSince !== undefined &&
      now - this.#overdueSince >= this.#timeoutMicros * GRACE_PART;
    if (isAckLate && isOverdue) return true;
    const isStuck = this.#stuckSince !== undefined && now - this.#stuckSince >= this.#timeoutMicros;
    return isStuck && (this.#lastAck === undefined || isAckLate);
  }

  #isOverdue(): boolean {
    const windowBytes = Math.max(this.#ackWindowBytes, this.#gapBytes);
    return this.#sentBytes - this.#ackedBytes >= windowBytes + SLACK_BYTES;
  }
}
