import type { Micros } from '#foundation';
import type { NewEvent } from './call-records.ts';
import type { CallSpec } from './call-spec.ts';

/** When a call's sound counts as gone. */
export interface MediaWatchLimits {
  /** Without a packet from the start. */
  readonly firstPacketMs: number;
  /** Without a packet after others have come. */
  readonly gapMs: number;
  /** Quieter than -50 dBFS. */
  readonly silenceMs: number;
  /** What follows when packets stay away: the end of the call, or silence on air. */
  readonly onTimeout: 'end' | 'keep';
}

/** What can be seen of a call's sound at one moment. */
export interface MediaReading {
  /** When the last packet came; undefined before the first. */
  readonly lastPacketAt: Micros | undefined;
  /** Of the last second on air, in dB below full scale. */
  readonly levelDbfs: number;
  /** Samples of the last second that stand at full scale, of 1. */
  readonly clippedShare: number;
}

/** Limits of calls that were stored before these could be chosen, and of those that choose none. */
export const USUAL_MEDIA_LIMITS = { gapSeconds: 15, silenceSeconds: 10 } as const;

/** Quieter than this is silence: a quiet room is at -60 to -70, quiet speech at -40. */
const SILENCE_DBFS = -50;
/** A second with more of its samples at full scale is heard to be distorted: 8 of 8000. */
const CLIPPED_SHARE = 0.001;
/** A stretch of clipping is over after so long without. */
const UNCLIPPED_MICROS = 10_000_000;

/** The limits of a call. */
export function mediaLimitsOf({ limits, media }: CallSpec): MediaWatchLimits {
  const { gapSeconds, silenceSeconds } = USUAL_MEDIA_LIMITS;
  return {
    firstPacketMs: limits.mediaTimeoutSeconds * 1_000,
    gapMs: (limits.mediaGapSeconds ?? gapSeconds) * 1_000,
    silenceMs: (limits.silenceSeconds ?? silenceSeconds) * 1_000,
    onTimeout: media.onTimeout ?? 'end',
  };
}

/**
 * Says what there is to tell of a call's sound: `media.timeout` when packets stay away, `media.silent` when nothing is
 * heard in them or in their place, `media.resumed` when either is over, `media.clipping` at the beginning of a stretch
 * of distortion. Everything is told once until its opposite has happened. Checked about once a second; not at all while
 * the call is held.
 */
export class MediaWatch {
  readonly #limits: MediaWatchLimits;
  #beganAt: Micros;
  /** Since when packets are expected: the beginning, or the end of the last hold. */
  #expectedFrom: Micros;
  #packetBeforeTimeout: Micros | undefined;
  #timedOutSince: Micros | undefined;
  #quietSince: Micros | undefined;
  #isSilent = false;
  #clippedAt: Micros | undefined;

  constructor(limits: MediaWatchLimits, now: Micros) {
    this.#limits = limits;
    this.#beganAt = now;
    this.#expectedFrom = now;
  }

  /** The peer is back from hold: it has the full time to be heard. */
  restart(now: Micros): void {
    this.#expectedFrom = now;
    this.#quietSince = undefined;
  }

  /** Another leg has begun: its packets are waited for as those of the first one were. */
  beginAnew(now: Micros): void {
    this.restart(now);
    this.#beganAt = now;
    this.#timedOutSince = undefined;
  }

  /** What is to be told now, in this order. */
  check(reading: MediaReading, now: Micros): readonly NewEvent[] {
    return [
      this.#checkPackets(reading, now),
      this.#checkLevel(reading, now),
      this.#checkClipping(reading, now),
    ].filter((event) => event !== undefined);
  }

  #checkPackets({ lastPacketAt }: MediaReading, now: Micros): NewEvent | undefined {
    if (this.#timedOutSince !== undefined) return this.#checkReturn(lastPacketAt, now);
    const { firstPacketMs, gapMs, onTimeout } = this.#limits;
    // What came before the answer is another matter: the peer may be another one.
    const hasBegun = lastPacketAt !== undefined && lastPacketAt >= this.#beganAt;
    const limitMs = hasBegun ? gapMs : firstPacketMs;
    const waitingFrom = Math.max(lastPacketAt ?? 0, this.#expectedFrom);
    if (now - waitingFrom < limitMs * 1_000) return undefined;
    this.#timedOutSince = now;
    this.#packetBeforeTimeout = lastPacketAt;
    const data = { seconds: limitMs / 1_000, hadBegun: hasBegun, action: onTimeout };
    return { type: 'media.timeout', data };
  }

  #checkReturn(lastPacketAt: Micros | undefined, now: Micros): NewEvent | undefined {
    const since = this.#timedOutSince;
    if (since === undefined || lastPacketAt === this.#packetBeforeTimeout) return undefined;
    this.#timedOutSince = undefined;
    return { type: 'media.resumed', data: { after: 'timeout', seconds: inSeconds(now - since) } };
  }

  #checkLevel({ levelDbfs }: MediaReading, now: Micros): NewEvent | undefined {
    const since = this.#quietSince ?? now;
    if (levelDbfs >= SILENCE_DBFS) {
      this.#quietSince = undefined;
      if (!this.#isSilent) return undefined;
      this.#isSilent = false;
      return { type: 'media.resumed', data: { after: 'silence', seconds: inSeconds(now - since) } };
    }
    this.#quietSince = since;
    if (this.#isSilent || now - since < this.#limits.silenceMs * 1_000) return undefined;
    this.#isSilent = true;
    return { type: 'media.silent', data: { seconds: this.#limits.silenceMs / 1_000 } };
  }

  #checkClipping({ clippedShare }: MediaReading, now: Micros): NewEvent | undefined {
    const before = this.#clippedAt;
    if (clippedShare < CLIPPED_SHARE) {
      const isOver = before !== undefined && now - before >= UNCLIPPED_MICROS;
      if (isOver) this.#clippedAt = undefined;
      return undefined;
    }
    this.#clippedAt = now;
    if (before !== undefined) return undefined;
    return { type: 'media.clipping', data: { percent: Math.round(clippedShare * 1_000) / 10 } };
  }
}

const inSeconds = (micros: number): number => Math.round(micros / 1_000_000);
