import type { SipRequest, SipResponse } from '../message/message.ts';
import { tagOf } from '../transaction/transaction-key.ts';
import type { TransportPath } from '../transaction/transport-path.ts';
import { Dialog, sequenceOf } from './dialog.ts';
import type { RequestSender } from './request-sender.ts';

interface RefusedFork {
  ack: { readonly message: SipRequest; readonly path: TransportPath } | undefined;
}

/** How many forks of one INVITE are hung up; more answering phones at a time are left to their own timers. */
const MAX_FORKS = 8;

/** Acknowledges and hangs up every fork that answers after the first one did (RFC 3261 section 13.2.2.4). */
export class ForkedAnswers {
  readonly #sender: RequestSender;
  readonly #refused = new Map<string, RefusedFork>();

  constructor(sender: RequestSender) {
    this.#sender = sender;
  }

  /** Takes a 2xx of another fork; of one seen before only the ACK is repeated. */
  refuse(invite: SipRequest, response: SipResponse, path: TransportPath | undefined): void {
    const tag = tagOf(response.headers.get('To')) ?? '';
    const known = this.#refused.get(tag);
    if (known !== undefined) {
      if (known.ack !== undefined) this.#sender.sendAgain(known.ack.message, known.ack.path);
      return;
    }
    if (this.#refused.size >= MAX_FORKS) return;
    const fork: RefusedFork = { ack: undefined };
    this.#refused.set(tag, fork);
    const dialog = Dialog.asCaller(invite, response);
    dialog.serverName = path?.serverName;
    this.#sender.sendAck(dialog.createAck(sequenceOf(invite)), path, (message, ackPath) => {
      fork.ack = { message, path: ackPath };
    });
    this.#hangUp(dialog);
  }

  #hangUp(dialog: Dialog): void {
    this.#sender.prepareWithin(dialog.createRequest({ method: 'BYE' })).start(IGNORED);
  }
}

const IGNORED = {
  response: () => undefined,
  timedOut: () => undefined,
  transportFailed: () => undefined,
  unroutable: () => undefined,
  terminated: () => undefined,
};
