import type { RandomSource, Timers } from '#foundation';
import type { ClientMessage, ServerMessage } from '#protocol/drachtio';
import { bodyOf, parseCommandMessage } from '#protocol/sip';
import type { SipMessage, SipRequest } from '#protocol/sip';
import { ScriptedCall } from './scripted-call.ts';
import type { CallCommand, CallSide, RequestEars } from './scripted-call.ts';

type Delivery = Extract<ServerMessage, { type: 'sip' }>;
type Reply = Extract<ServerMessage, { type: 'requestSent' | 'responseSent' | 'refused' }>;

/** What a scripted client works with. */
export interface ScriptedClientOptions {
  readonly execute: (client: ScriptedClient, message: ClientMessage) => void;
  readonly timers: Timers;
  readonly random: RandomSource;
}

const REPLIES = new Set(['requestSent', 'responseSent', 'refused']);

/** A client of a signalling server without a connection: places and takes calls that go by a script. */
export class ScriptedClient implements CallSide {
  readonly isConnected = true;
  readonly calls: ScriptedCall[] = [];
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly #options: ScriptedClientOptions;
  readonly #replies = new Map<string, (reply: Reply) => void>();
  readonly #requests = new Map<string, RequestEars>();
  readonly #byDialog = new Map<string, ScriptedCall>();
  readonly #byInvite = new Map<string, ScriptedCall>();
  #nextId = 1;

  constructor(options: ScriptedClientOptions) {
    this.#options = options;
    this.timers = options.timers;
    this.random = options.random;
  }

  hasRoute(method: string): boolean {
    return method === 'INVITE';
  }

  send(message: ServerMessage): void {
    if ('replyTo' in message && REPLIES.has(message.type)) {
      const reply = this.#replies.get(message.replyTo);
      this.#replies.delete(message.replyTo);
      reply?.(message as Reply);
    } else if (message.type === 'sip') this.#take(message, parseCommandMessage(message.sip));
  }

  #take({ transactionId, dialogId }: Delivery, message: SipMessage): void {
    if (message.kind === 'response') {
      this.#requests.get(transactionId)?.response?.(message, dialogId);
    } else if (message.method === 'CANCEL') this.#byInvite.get(transactionId)?.cancelled();
    else if (dialogId === '') this.#ring(transactionId, message);
    else this.#byDialog.get(dialogId)?.requested(transactionId, message);
  }

  #ring(transactionId: string, invite: SipRequest): void {
    const call = new ScriptedCall(this);
    this.calls.push(call);
    this.#byInvite.set(transactionId, call);
    call.ring(transactionId, invite);
  }

  /** Places a call. */
  call(uri: string, headers: readonly string[]): ScriptedCall {
    const call = new ScriptedCall(this);
    this.calls.push(call);
    call.place(uri, headers);
    return call;
  }

  /** Makes in-dialog requests of that dialog go to a call. */
  own(dialogId: string, call: ScriptedCall): void {
    this.#byDialog.set(dialogId, call);
  }

  /** Sends a request. */
  request(command: CallCommand, lines: readonly string[], ears: RequestEars = {}): void {
    this.#execute(command, lines, (reply) => {
      if (reply.type === 'refused') ears.refused?.();
      else {
        this.#requests.set(reply.transactionId, ears);
        ears.sent?.(reply.transactionId);
      }
    });
  }

  /** Sends a response; `done` hears the dialog id, or undefined when it was refused. */
  respond(
    transactionId: string,
    lines: readonly string[],
    done: (dialogId: string | undefined) => void = () => undefined,
  ): void {
    this.#execute({ type: 'respond', transactionId }, lines, (reply) =>
      done(reply.type === 'responseSent' ? reply.dialogId : undefined),
    );
  }

  #execute(command: CallCommand, lines: readonly string[], replied: (reply: Reply) => void): void {
    const id = `command-${this.#nextId++}`;
    const at = lines.indexOf('');
    const [head, body] = at < 0 ? [lines, []] : [lines.slice(0, at), lines.slice(at + 1)];
    const text = `${head.join('\r\n')}\r\n\r\n${body.map((line) => `${line}\r\n`).join('')}`;
    this.#replies.set(id, replied);
    this.#options.execute(this, { ...command, id, sip: bodyOf(text) });
  }
}
