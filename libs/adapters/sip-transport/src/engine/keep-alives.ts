import { KeepAlive } from '#protocol/sip';
import type { Dialog, SipResponse } from '#protocol/sip';
import type { EndingCause } from './ending-cause.ts';
import type { Leg } from './leg.ts';
import type { SharedContext } from './shared-context.ts';

/**
 * Keeps the way to the peers of UDP legs open: when a peer has been silent for a while, OPTIONS within the dialog
 * passes every NAT on the way, and shows whether the peer is still there. Clients do not hear of it. Streams are kept
 * alive by their transport.
 */
export class KeepAlives {
  readonly #context: SharedContext;
  readonly #intervalMs: number;
  readonly #lost: (leg: Leg, cause: EndingCause) => void;

  /**
   * @param intervalMs How long a peer may be silent, in milliseconds; 0 for ever.
   * @param lost Called when the peer of a leg has no sign of life any more.
   */
  constructor(
    context: SharedContext,
    intervalMs: number,
    lost: (leg: Leg, cause: EndingCause) => void,
  ) {
    this.#context = context;
    this.#intervalMs = intervalMs;
    this.#lost = lost;
  }

  /** The peer of a leg has sent a request or a response within its dialog, or has just come up. */
  heard(leg: Leg): void {
    const { dialog } = leg;
    if (dialog === undefined || leg.isEnding || this.#intervalMs === 0) return;
    // A late response to a request of a leg that is gone by now.
    if (this.#context.legs.get(leg.id) !== leg) return;
    if (leg.keepAlive === undefined && this.#isOnDatagrams(dialog)) {
      leg.keepAlive = this.#create(leg, dialog);
    }
    leg.keepAlive?.heard();
  }

  #isOnDatagrams(dialog: Dialog): boolean {
    const found = this.#context.sender.find(dialog.nextHop);
    if (found.kind === 'path') return found.path.transport === 'udp';
    return found.kind === 'name' && found.transport === 'udp';
  }

  #create(leg: Leg, dialog: Dialog): KeepAlive {
    const keepAlive: KeepAlive = new KeepAlive({
      timers: this.#context.timers,
      intervalMs: this.#intervalMs,
      handlers: {
        ask: () => this.#ask(leg, dialog, keepAlive),
        lost: () => this.#lost(leg, { reason: 'no answer to OPTIONS', status: 408, isTold: true }),
      },
    });
    return keepAlive;
  }

  #ask(leg: Leg, dialog: Dialog, keepAlive: KeepAlive): void {
    // An INVITE that is overtaken by a higher number would be refused (RFC 3261 section 12.2.2).
    const isBusy = leg.isNegotiating || leg.unacknowledged !== undefined || leg.isEnding;
    if (isBusy || leg.question !== undefined || this.#context.isFull()) {
      keepAlive.postpone();
      return;
    }
    const options = dialog.createRequest({
      method: 'OPTIONS',
      headers: [['Accept', 'application/sdp']],
    });
    const question = this.#context.sender.prepareWithin(options);
    leg.question = question;
    const over = (): void => {
      if (leg.question === question) leg.question = undefined;
    };
    const undeliverable = (): void => {
      over();
      keepAlive.undeliverable();
    };
    question.start({
      response: (response) => {
        if (response.status < 200) return;
        over();
        this.#answered(leg, keepAlive, response);
      },
      timedOut: () => {
        over();
        keepAlive.unanswered();
      },
      transportFailed: undeliverable,
      unroutable: undeliverable,
      terminated: over,
    });
  }

  #answered(leg: Leg, keepAlive: KeepAlive, { status }: SipResponse): void {
    // A proxy says this of a peer behind it that is silent.
    if (status === 408) keepAlive.unanswered();
    else if (status === 481) {
      this.#lost(leg, { reason: '481 to OPTIONS', status, isTold: true });
    } else keepAlive.answered();
  }
}
