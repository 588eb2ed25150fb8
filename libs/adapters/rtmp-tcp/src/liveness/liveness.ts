import { microsFromMs } from '#foundation';
import type { Micros } from '#foundation';

/**
 * Servers may or may not count the handshake (3073 bytes) when they acknowledge, and answer a little late:
 * an acknowledgement is overdue only so many bytes past the window.
 */
const SLACK_BYTES = 4096;
/** An answer is given at least this part of the timeout after it has fallen due. */
const GRACE_PART = 0.25;
const ACK_RANGE = 2 ** 32;
/** A server that has proven nothing for so long is asked for a sign of life. */
const PING_AFTER_MS = 2000;
/** A server that has never answered so many pings is not asked any more. */
const MAX_VAIN_PINGS = 5;
/** So many acknowledgements at like distances are a habit; one at a distance of the server's own may be for some event. */
const HABITUAL_ACKS = 2;
/** Servers look at what they have read from time to time: this many windows may pass until they do as they were asked. */
const AS_ASKED_WINDOWS = 4;
/** What is sent to a server that has not confirmed for so long only makes it later. */
const LAG_MS = 2000;

/**
 * Decides whether a server is dead, from what it acknowledges and answers, and what the socket still takes.
 *
 * @remarks Acknowledgements are missed only at servers that have the habit, and answers to pings at those that have
 * given one: some never do. For those the socket and the kernel's TCP speak alone; they hide a frozen server until its buffers are full.
 */
export class Liveness {
  readonly #timeoutMicros: number;
  #windowBytes: number;
  /** What was asked for before, and up to where it holds: acknowledgements of it may still be on their way. */
  #windowBefore: number;
  #windowSince = 0;
  /**
   * What lay between the last acknowledgements: servers may use a window of their own. The smaller one of two
   * counts, for after a pause one is larger than the window.
   */
  #lastGapBytes = Number.POSITIVE_INFINITY;
  #gapBytes = 0;
  #sentBytes = 0;
  #ackedBytes = 0;
  /** Read by the server for certain: acknowledged, or sent before a ping that was answered. */
  #provenBytes = 0;
  #sentAtPing = 0;
  #acks = 0;
  #hasPonged = false;
  #vainPings = 0;
  #lastProof: Micros;
  #overdueSince: Micros | undefined;
  #pingedAt: Micros | undefined;
  #stuckSince: Micros | undefined;
  #tcpStuckSince: Micros | undefined;

  constructor(
    options: { readonly timeoutMs: number; readonly ackWindowBytes: number },
    now: Micros,
  ) {
    this.#timeoutMicros = microsFromMs(options.timeoutMs);
    this.#windowBytes = options.ackWindowBytes;
    this.#windowBefore = options.ackWindowBytes;
    this.#lastProof = now;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get ackedBytes(): number {
    return this.#ackedBytes;
  }

  /** The server was asked to acknowledge at other distances. */
  expectWindow(sizeBytes: number): void {
    this.#windowBefore = this.#windowBytes;
    this.#windowSince = this.#sentBytes;
    this.#windowBytes = sizeBytes;
    this.#lastGapBytes = Number.POSITIVE_INFINITY;
    this.#gapBytes = 0;
  }

  /** Bytes were given to the socket. */
  sent(sizeBytes: number, now: Micros): void {
    this.#sentBytes += sizeBytes;
    if (this.#isOverdue()) this.#overdueSince ??= now;
  }

  /** The server has acknowledged; a number that is not ahead of the last, or never sent, is no progress. */
  acknowledged(sequenceNumber: number, now: Micros): void {
    const gap = this.#gapTo(sequenceNumber);
    if (gap === 0) return;
    this.#ackedBytes += gap;
    this.#proven(this.#ackedBytes, now);
    // Less than half a window is no habit: some acknowledge once more at some event.
    const isBefore = this.#ackedBytes <= this.#windowSince;
    if (isBefore && gap >= this.#windowBefore) this.#acks += 1;
    else if (!isBefore && gap >= this.#windowBytes / 2) this.#learn(gap);
    this.#overdueSince = this.#isOverdue() ? now : undefined;
  }

  /** Until it has a habit, a server may change its mind about the distance; then one that is larger was a pause. */
  #learn(gap: number): void {
    const isHabitual = this.#acks >= HABITUAL_ACKS;
    const isAsAsked = gap >= this.#windowBytes && gap <= this.#windowBytes * AS_ASKED_WINDOWS;
    const isAlike = gap <= this.#lastGapBytes * 2;
    if (isAsAsked) this.#acks = Math.max(this.#acks, HABITUAL_ACKS);
    else if (isAlike && this.#lastGapBytes !== Number.POSITIVE_INFINITY) this.#acks += 1;
    else if (!isHabitual) this.#acks = 1;
    this.#gapBytes = isHabitual || isAlike ? Math.min(gap, this.#lastGapBytes) : gap;
    this.#lastGapBytes = gap;
  }

  /** How much further the server is; 0 if no further. Some tell what has come since the last time, not all of it. */
  #gapTo(sequenceNumber: number): number {
    const outstanding = this.#sentBytes - this.#ackedBytes;
    const gap = (((sequenceNumber - this.#ackedBytes) % ACK_RANGE) + ACK_RANGE) % ACK_RANGE;
    if (gap > 0 && gap <= outstanding) return gap;
    const usual = Math.max(this.#windowBytes, this.#gapBytes);
    const isDistance = sequenceNumber >= usual / 2 && sequenceNumber <= usual + SLACK_BYTES;
    return isDistance && sequenceNumber <= outstanding ? sequenceNumber : 0;
  }

  /** Whether to ask the server for a sign of life now. */
  wantsPing(now: Micros): boolean {
    if (this.#pingedAt !== undefined) return false;
    if (!this.#hasPonged && this.#vainPings >= MAX_VAIN_PINGS) return false;
    return now - this.#lastProof >= microsFromMs(PING_AFTER_MS);
  }

  pinged(now: Micros): void {
    this.#pingedAt = now;
    this.#sentAtPing = this.#sentBytes;
  }

  ponged(now: Micros): void {
    this.#hasPonged = true;
    this.#pingedAt = undefined;
    // What came before the ping was read before it.
    this.#proven(this.#sentAtPing, now);
  }

  /** What the socket holds back, looked at after each write and each time something has left. */
  waiting(sizeBytes: number, hasProgressed: boolean, now: Micros): void {
    if (sizeBytes === 0) this.#stuckSince = undefined;
    else if (hasProgressed) this.#stuckSince = now;
    else this.#stuckSince ??= now;
  }

  /** Whether the other side's TCP has confirmed anything of what waits for it since the last look. */
  tcpMoved(hasMoved: boolean, now: Micros): void {
    if (hasMoved) this.#tcpStuckSince = undefined;
    else this.#tcpStuckSince ??= now;
  }

  /** Whether the server has proven nothing for so long that the kernel may be asked what it knows. */
  isSilent(now: Micros): boolean {
    return now - this.#lastProof >= microsFromMs(PING_AFTER_MS);
  }

  /** Whether the server is behind with what it has got. */
  isLagging(now: Micros): boolean {
    return this.#isLate(now, microsFromMs(LAG_MS));
  }

  /** To be asked every second. */
  isDead(now: Micros): boolean {
    this.#forgetVainPing(now);
    if (now - this.#lastProof < this.#timeoutMicros) return false;
    return (
      this.#isLate(now, this.#timeoutMicros * GRACE_PART) ||
      hasPassed(this.#stuckSince, now, this.#timeoutMicros) ||
      hasPassed(this.#tcpStuckSince, now, this.#timeoutMicros - microsFromMs(PING_AFTER_MS))
    );
  }

  /** An acknowledgement or the answer to a ping has been due for so long. */
  #isLate(now: Micros, forMicros: number): boolean {
    const isAckLate = this.#acks >= HABITUAL_ACKS && hasPassed(this.#overdueSince, now, forMicros);
    return isAckLate || (this.#hasPonged && hasPassed(this.#pingedAt, now, forMicros));
  }

  /** The server has read what we sent. What it says of its own accord proves nothing of the kind. */
  #proven(bytes: number, now: Micros): void {
    this.#provenBytes = Math.max(this.#provenBytes, bytes);
    this.#lastProof = now;
    this.#tcpStuckSince = undefined;
    this.#overdueSince = this.#isOverdue() ? now : undefined;
  }

  /** Of a server that has never answered one: it may have come too early. */
  #forgetVainPing(now: Micros): void {
    if (this.#hasPonged || !hasPassed(this.#pingedAt, now, microsFromMs(PING_AFTER_MS))) return;
    this.#pingedAt = undefined;
    this.#vainPings += 1;
  }

  #isOverdue(): boolean {
    const windowBytes = Math.max(this.#windowBytes, this.#gapBytes);
    return this.#sentBytes - this.#provenBytes >= windowBytes + SLACK_BYTES;
  }
}

const hasPassed = (since: Micros | undefined, now: Micros, forMicros: number): boolean =>
  since !== undefined && now - since >= forMicros;
