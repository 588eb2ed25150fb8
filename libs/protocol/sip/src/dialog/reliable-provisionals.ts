import type { RandomSource, Timer, Timers } from '#foundation';
import type { SipHeaders } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { splitList } from '../message/split-list.ts';
import { Repetition } from '../transaction/repetition.ts';
import { giveUpMs } from '../transaction/timer-values.ts';
import type { SipTimerConfig } from '../transaction/timer-values.ts';
import { newCSeqNumber } from './identifiers.ts';

/** How many responses may wait for the PRACK of the one before; more are dropped. */
const MAX_WAITING = 8;

/** What reliable provisional responses to one INVITE work with. */
export interface ReliableProvisionalsOptions {
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  readonly random: RandomSource;
  readonly send: (response: SipResponse) => void;
  /** No PRACK came within 64*T1; the INVITE should be refused with a 5xx. */
  readonly unacknowledged: () => void;
}

/**
 * The callee's side of RFC 3262 section 3: numbers provisional responses with RSeq and repeats each, T1 doubling
 * without bound, until its PRACK comes. The next one waits until then.
 */
export class ReliableProvisionals {
  readonly #options: ReliableProvisionalsOptions;
  readonly #unacknowledged = new Set<number>();
  #lastRSeq: number | undefined;
  #waiting: SipResponse[] = [];
  #repetition: Repetition | undefined;
  #timer: Timer | undefined;

  constructor(options: ReliableProvisionalsOptions) {
    this.#options = options;
  }

  /** Sends a response, or lets it wait for the PRACK of the one before. */
  send(response: SipResponse): void {
    if (this.#repetition === undefined) this.#sendNow(response);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(response);
  }

  /** Takes a PRACK; false when it acknowledges nothing that was sent, which calls for a 481. */
  acknowledge(prack: SipRequest): boolean {
    const rack = parseRAck(prack.headers.get('RAck') ?? '');
    if (rack === undefined || !this.#unacknowledged.delete(rack.rseq)) return false;
    this.#stopRepeating();
    const next = this.#waiting.shift();
    if (next !== undefined) this.#sendNow(next);
    return true;
  }

  /** A final response was sent: nothing is repeated any more, but a late PRACK is still known. */
  stop(): void {
    this.#waiting = [];
    this.#stopRepeating();
  }

  #sendNow(response: SipResponse): void {
    const { timers, config, random, send } = this.#options;
    const rseq = this.#lastRSeq === undefined ? newCSeqNumber(random) : this.#lastRSeq + 1;
    this.#lastRSeq = rseq;
    this.#unacknowledged.add(rseq);
    response.headers.set('RSeq', String(rseq));
    send(response);
    const repeat = (): void => send(response);
    this.#repetition = new Repetition({ timers, firstMs: config.t1Ms, capMs: Infinity, repeat });
    this.#repetition.start();
    this.#timer = timers.after(giveUpMs(config), () => {
      this.stop();
      this.#options.unacknowledged();
    });
  }

  #stopRepeating(): void {
    this.#repetition?.stop();
    this.#repetition = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** Whether a response asks for a PRACK (RFC 3262 section 3). */
export function isReliableProvisional({ status, headers }: SipResponse): boolean {
  return status > 100 && status < 200 && hasOption(headers, 'Require');
}

/** Whether the sender of a request takes reliable provisional responses (RFC 3262 section 3). */
export function supportsReliableProvisionals({ headers }: SipRequest): boolean {
  return hasOption(headers, 'Supported') || hasOption(headers, 'Require');
}

function hasOption(headers: SipHeaders, name: string): boolean {
  const options = headers.getAll(name).flatMap(splitList);
  return options.some((option) => option.trim().toLowerCase() === '100rel');
}

/** The numbers of a RAck (RFC 3262 section 7.2): the RSeq, and the CSeq number of the INVITE. */
export function parseRAck(text: string): { rseq: number; sequence: number } | undefined {
  const [, rseq, sequence] = /^\s*(\d{1,10})\s+(\d{1,10})\s+\S/.exec(text) ?? [];
  if (rseq === undefined || sequence === undefined) return undefined;
  return { rseq: Number(rseq), sequence: Number(sequence) };
}
