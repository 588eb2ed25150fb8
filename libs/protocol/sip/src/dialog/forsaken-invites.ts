import type { SipRequest, SipResponse } from '../message/message.ts';
import { buildCancel } from '../transaction/follow-up-request.ts';
import type { ForkedAnswers } from './forked-answers.ts';
import type { Attempt } from './left-targets.ts';
import type { RequestSender } from './request-sender.ts';

/**
 * Takes back an INVITE from targets that were left for the next one: no phone may go on ringing, and no call stay up,
 * that the user does not know of. A late provisional response is answered by CANCEL, a late 2xx by ACK and BYE; late
 * failures are acknowledged by their transaction. Which target is late, the outgoing request has decided.
 */
export class ForsakenInvites {
  readonly #sender: RequestSender;
  readonly #forks: ForkedAnswers;
  readonly #cancelled = new Set<SipRequest>();

  constructor(sender: RequestSender, forks: ForkedAnswers) {
    this.#sender = sender;
    this.#forks = forks;
  }

  /** Takes a response to an INVITE that was left. */
  receive(response: SipResponse, { request, path }: Attempt): void {
    if (response.status >= 300) return;
    if (response.status >= 200) this.#forks.refuse(request, response, path);
    else if (!this.#cancelled.has(request)) {
      this.#cancelled.add(request);
      this.#sender.startOnPath(buildCancel(request), path, IGNORED);
    }
  }
}

const IGNORED = {
  response: () => undefined,
  timedOut: () => undefined,
  transportFailed: () => undefined,
};
