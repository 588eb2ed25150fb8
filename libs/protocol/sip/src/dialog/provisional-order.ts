import type { SipResponse } from '../message/message.ts';
import { tagOf } from '../transaction/transaction-key.ts';
import { isReliableProvisional } from './reliable-provisionals.ts';

/** How many early dialogs may send reliable responses; those of further forks are dropped. */
const MAX_DIALOGS = 16;
/** How many responses of one early dialog may wait for their PRACK; while there are more, later ones are dropped. */
const MAX_UNACKNOWLEDGED = 8;
/** RFC 3262 section 7.1. */
const MAX_RSEQ = 2 ** 32 - 1;

interface Progress {
  lastRSeq: number;
  /** By RSeq: whether the response has a body. */
  readonly unacknowledged: Map<number, boolean>;
}

/** A response that a PRACK belongs to. */
export interface AcknowledgedResponse {
  /** The To tag of its early dialog. */
  readonly toTag: string;
  readonly hasBody: boolean;
}

/**
 * The caller's side of RFC 3262 section 4, for one INVITE: reliable provisional responses are taken one after the
 * other in each early dialog. Repetitions, and those before which one is missing, are dropped: the PRACK of the
 * former is repeated by its own transaction, the latter come again.
 */
export class ProvisionalOrder {
  readonly #dialogs = new Map<string, Progress>();

  /** Whether a provisional response is to be processed. One that cannot be acknowledged counts as unreliable. */
  admits(response: SipResponse): boolean {
    const rseq = isReliableProvisional(response) ? rseqOf(response) : undefined;
    const tag = tagOf(response.headers.get('To'));
    if (rseq === undefined || tag === undefined) return true;
    const progress = this.#progressOf(tag, rseq);
    if (progress === undefined || rseq !== progress.lastRSeq + 1) return false;
    if (progress.unacknowledged.size >= MAX_UNACKNOWLEDGED) return false;
    progress.lastRSeq = rseq;
    progress.unacknowledged.set(rseq, response.body.length > 0);
    return true;
  }

  /** The first reliable response of an early dialog sets where its numbers begin. */
  #progressOf(tag: string, rseq: number): Progress | undefined {
    const known = this.#dialogs.get(tag);
    if (known !== undefined || this.#dialogs.size >= MAX_DIALOGS) return known;
    const begun = { lastRSeq: rseq - 1, unacknowledged: new Map<number, boolean>() };
    this.#dialogs.set(tag, begun);
    return begun;
  }

  /** Takes a PRACK: once for each response. Undefined when none with that RSeq waits for one. */
  acknowledge(rseq: number): AcknowledgedResponse | undefined {
    for (const [toTag, { unacknowledged }] of this.#dialogs) {
      const hasBody = unacknowledged.get(rseq);
      if (hasBody === undefined) continue;
      unacknowledged.delete(rseq);
      return { toTag, hasBody };
    }
    return undefined;
  }

  /** The PRACK was refused (challenged, for example): another one may follow. */
  reopen(rseq: number, { toTag, hasBody }: AcknowledgedResponse): void {
    this.#dialogs.get(toTag)?.unacknowledged.set(rseq, hasBody);
  }
}

function rseqOf({ headers }: SipResponse): number | undefined {
  const value = headers.get('RSeq') ?? '';
  const rseq = /^\d{1,10}$/.test(value) ? Number(value) : 0;
  return rseq >= 1 && rseq <= MAX_RSEQ ? rseq : undefined;
}
