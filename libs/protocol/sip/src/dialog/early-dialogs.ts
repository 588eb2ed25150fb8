import type { SipRequest, SipResponse } from '../message/message.ts';
import { tagOf } from '../transaction/transaction-key.ts';
import { Dialog, sequenceOf } from './dialog.ts';
import { ProvisionalOrder } from './provisional-order.ts';
import { parseRAck } from './reliable-provisionals.ts';

/** What a PRACK is made for. */
export interface AwaitedPrack {
  /** The dialog of the response that it acknowledges: it has the route set. */
  readonly dialog: Dialog;
  /** The PRACK was refused: another one may be made. */
  readonly reopen: () => void;
}

/** How many early dialogs of one INVITE are kept apart; further forks share the fate of unknown ones. */
const MAX_EARLY_DIALOGS = 16;

/** What provisional responses to one INVITE have begun: a dialog per fork, and its reliable responses in order. */
export class EarlyDialogs {
  readonly #within: Dialog | undefined;
  readonly #dialogs = new Map<string, Dialog>();
  readonly #order = new ProvisionalOrder();
  #sequence: number | undefined;
  #isAgreed = false;

  /** @param within The dialog of a re-INVITE, which begins none. */
  constructor(within: Dialog | undefined) {
    this.#within = within;
  }

  /** All dialogs, the latest last. */
  get all(): readonly Dialog[] {
    return [...this.#dialogs.values()];
  }

  /** Whether a description came in a reliable response and was acknowledged: offer and answer are complete. */
  get isAgreed(): boolean {
    return this.#isAgreed;
  }

  /**
   * Takes a provisional response; false when nobody is to hear of it: a repetition, or one is missing before it.
   *
   * @param serverName The name that the peer has proved on TLS.
   */
  take(invite: SipRequest, response: SipResponse, serverName?: string): boolean {
    this.#sequence = sequenceOf(invite);
    if (!this.#order.admits(response)) return false;
    const tag = tagOf(response.headers.get('To'));
    if (tag === undefined || this.#within !== undefined) return true;
    const known = this.#dialogs.get(tag);
    if (known !== undefined) known.refreshTarget(response);
    else if (this.#dialogs.size < MAX_EARLY_DIALOGS) {
      const dialog = Dialog.asCaller(invite, response);
      dialog.serverName = serverName;
      this.#dialogs.set(tag, dialog);
    }
    return true;
  }

  /** The 2xx of a fork: its dialog is early no more. */
  confirm(response: SipResponse): Dialog | undefined {
    const early = this.#dialogs.get(tagOf(response.headers.get('To')) ?? '');
    early?.confirm(response);
    return early;
  }

  /** Takes the RAck of a PRACK; undefined when no reliable response waits for it. */
  acknowledge(rack: string): AwaitedPrack | undefined {
    const numbers = parseRAck(rack);
    if (numbers === undefined || numbers.sequence !== this.#sequence) return undefined;
    const acknowledged = this.#order.acknowledge(numbers.rseq);
    if (acknowledged === undefined) return undefined;
    const dialog = this.#within ?? this.#dialogs.get(acknowledged.toTag);
    if (dialog === undefined) return undefined;
    this.#isAgreed ||= acknowledged.hasBody;
    return { dialog, reopen: () => this.#order.reopen(numbers.rseq, acknowledged) };
  }
}
