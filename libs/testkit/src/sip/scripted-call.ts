import type { RandomSource, Timers } from '#foundation';
import type { ClientMessage } from '#protocol/drachtio';
import type { SipRequest, SipResponse } from '#protocol/sip';

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;
/** What a call has its client send. */
export type CallCommand = DistributiveOmit<
  Extract<ClientMessage, { type: 'newRequest' | 'dialogRequest' | 'cancel' | 'respond' }>,
  'id' | 'sip'
>;
/** What happens to a request that a call has sent. */
export interface RequestEars {
  readonly sent?: (transactionId: string) => void;
  readonly refused?: () => void;
  readonly response?: (response: SipResponse, dialogId: string) => void;
}

/** The client of a call. */
export interface CallSide {
  readonly timers: Timers;
  readonly random: RandomSource;
  own(dialogId: string, call: ScriptedCall): void;
  request(command: CallCommand, lines: readonly string[], ears?: RequestEars): void;
  respond(
    transactionId: string,
    lines: readonly string[],
    done?: (dialogId: string | undefined) => void,
  ): void;
}

/** How calls go; the user part of the URI says it to the callee. */
export type CallScript =
  | 'callerEnds'
  | 'calleeEnds'
  | 'refused'
  | 'cancelled'
  /** The CANCEL meets the 200. */
  | 'race'
  /** Both hang up at the same time. */
  | 'bothEnd';

/** The user part of a URI that a scripted callee understands. */
export interface CallPlan {
  readonly script: CallScript;
  /** Before the callee answers or refuses, in milliseconds. */
  readonly ringMs: number;
  /** Between ACK and BYE, in milliseconds. */
  readonly upMs: number;
  readonly isReliable: boolean;
  readonly renegotiations: number;
}

/** The URI that carries a plan to the callee. */
export function planUri(plan: CallPlan, hostPort: string): string {
  const { script, ringMs, upMs, isReliable, renegotiations } = plan;
  return `sip:${[script, ringMs, upMs, Number(isReliable), renegotiations].join('.')}@${hostPort}`;
}

function planOf(uri: string): CallPlan {
  const [script = '', ringMs, upMs, isReliable, renegotiations] =
    /^sip:([^@]+)@/.exec(uri)?.[1]?.split('.') ?? [];
  return {
    script: script as CallScript,
    ringMs: Number(ringMs),
    upMs: Number(upMs),
    isReliable: isReliable === '1',
    renegotiations: Number(renegotiations),
  };
}

/** When a caller gives up whatever its plan says, and a callee before that, in milliseconds. */
const CALLER_PATIENCE_MS = 180_000;
const CALLEE_PATIENCE_MS = 150_000;
const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.9',
  's=-',
  'c=IN IP4 192.0.2.9',
  't=0 0',
  'm=audio 4000 RTP/AVP 0',
];
const BODY = ['Content-Type: application/sdp', '', ...SDP];

/** One side of one call. Counts how often it was told that the call is over: once is right. */
export class ScriptedCall {
  /** How the call ended for this side, in the order it was told. */
  readonly ends: string[] = [];
  readonly #client: CallSide;
  #plan: CallPlan = planOf('');
  #dialogId = '';
  #inviteId = '';
  #isCallee = false;
  #isUp = false;
  #isHangingUp = false;
  #renegotiations = 0;
  #confirmed = 0;

  constructor(client: CallSide) {
    this.#client = client;
  }

  get isOver(): boolean {
    return this.ends.length > 0;
  }

  get wasUp(): boolean {
    return this.#isUp;
  }

  #later(delayMs: number, run: () => void): void {
    this.#client.timers.after(delayMs, () => {
      if (!this.isOver) run();
    });
  }

  #end(how: string): void {
    this.ends.push(how);
  }

  /** The caller's part. */
  place(uri: string, headers: readonly string[]): void {
    this.#plan = planOf(uri);
    const lines = [`INVITE ${uri} SIP/2.0`, 'Supported: 100rel, timer', ...headers, ...BODY];
    this.#client.request({ type: 'newRequest' }, lines, {
      sent: (transactionId) => {
        this.#inviteId = transactionId;
      },
      refused: () => this.#end('not placed'),
      response: (response, dialogId) => this.#answered(response, dialogId),
    });
    const { script, ringMs } = this.#plan;
    const wait = script === 'cancelled' || script === 'race' ? ringMs : CALLER_PATIENCE_MS;
    this.#later(wait, () => this.#cancel());
  }

  #cancel(): void {
    if (this.#isUp || this.#isHangingUp) return;
    const command = { type: 'cancel', transactionId: this.#inviteId } as const;
    this.#client.request(command, ['CANCEL sip:x SIP/2.0']);
  }

  #answered(response: SipResponse, dialogId: string): void {
    this.#dialogId = dialogId;
    this.#client.own(dialogId, this);
    if (response.status < 200) this.#confirm(response);
    else if (response.status >= 300) this.#end(String(response.status));
    else {
      this.#client.request({ type: 'dialogRequest', dialogId }, ['ACK sip:x SIP/2.0']);
      this.#up();
    }
  }

  /** PRACK, once for each reliable provisional response. */
  #confirm({ headers }: SipResponse): void {
    const sequence = Number(headers.get('RSeq') ?? 0);
    if (!(headers.get('Require') ?? '').includes('100rel') || sequence <= this.#confirmed) return;
    this.#confirmed = sequence;
    const rack = `RAck: ${sequence} ${headers.get('CSeq') ?? ''}`;
    this.#inDialog(['PRACK sip:x SIP/2.0', rack]);
  }

  /** The callee's part. */
  ring(transactionId: string, invite: SipRequest): void {
    this.#isCallee = true;
    this.#plan = planOf(invite.uri);
    this.#inviteId = transactionId;
    const { script, ringMs, isReliable } = this.#plan;
    const progress = ['SIP/2.0 183 Session Progress', 'Require: 100rel', ...BODY];
    this.#respond(isReliable ? progress : ['SIP/2.0 180 Ringing']);
    if (script === 'refused') this.#later(ringMs, () => this.#refuse('486 Busy Here'));
    else if (script !== 'cancelled') this.#later(ringMs, () => this.#accept());
    this.#later(CALLEE_PATIENCE_MS, () => {
      if (!this.#isUp && !this.#isHangingUp && script === 'cancelled') this.#refuse('480 Gone');
    });
  }

  #respond(lines: readonly string[], done: (dialogId: string) => void = () => undefined): void {
    this.#client.respond(this.#inviteId, lines, (dialogId) => {
      // The server has given the INVITE an answer of its own, or it was taken back.
      if (dialogId === undefined) {
        if (!this.isOver) this.#end('too late');
        return;
      }
      if (dialogId !== '') this.#client.own((this.#dialogId = dialogId), this);
      done(dialogId);
    });
  }

  #refuse(status: string): void {
    this.#respond([`SIP/2.0 ${status}`], () => this.#end(status.slice(0, 3)));
  }

  #accept(): void {
    this.#respond(['SIP/2.0 200 OK', ...BODY]);
  }

  /** The INVITE was taken back. */
  cancelled(): void {
    this.#end('CANCEL');
  }

  #up(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    const { script, upMs, renegotiations } = this.#plan;
    for (let i = 0; i < renegotiations; i += 1) {
      this.#later(this.#client.random.below(upMs + 1), () => this.#renegotiate());
    }
    const isMine = this.#isCallee ? 'calleeEnds' : 'callerEnds';
    if (script === isMine || script === 'bothEnd' || (script === 'race' && !this.#isCallee)) {
      this.#later(upMs, () => this.#hangUp());
    }
  }

  #renegotiate(): void {
    if (this.#isHangingUp) return;
    const method = this.#client.random.below(3) === 0 ? 'UPDATE' : 'INVITE';
    this.#inDialog([`${method} sip:x SIP/2.0`, ...BODY], (response) => {
      if (response.status >= 300) return;
      this.#renegotiations += 1;
      if (method === 'INVITE') this.#inDialog(['ACK sip:x SIP/2.0']);
    });
  }

  /** How many offers of this side were taken by the other. */
  get renegotiationCount(): number {
    return this.#renegotiations;
  }

  #inDialog(
    lines: readonly string[],
    final: (response: SipResponse) => void = () => undefined,
  ): void {
    const command = { type: 'dialogRequest', dialogId: this.#dialogId } as const;
    this.#client.request(command, lines, {
      response: (response) => {
        if (response.status >= 200) final(response);
      },
    });
  }

  #hangUp(): void {
    if (this.#isHangingUp) return;
    this.#isHangingUp = true;
    const command = { type: 'dialogRequest', dialogId: this.#dialogId } as const;
    this.#client.request(command, ['BYE sip:x SIP/2.0'], {
      // The leg was gone: so was the BYE of the other side.
      refused: () => this.#end('BYE refused'),
      response: ({ status }) => {
        if (status >= 200) this.#end(`BYE ${status}`);
      },
    });
  }

  /** A request within the dialog. */
  requested(transactionId: string, { method }: SipRequest): void {
    if (method === 'ACK') {
      this.#up();
      return;
    }
    if (transactionId !== 'unsolicited') {
      const body = method === 'INVITE' || method === 'UPDATE' ? BODY : [];
      this.#client.respond(transactionId, ['SIP/2.0 200 OK', ...body]);
    }
    // Who hangs up as well waits for the answer to its own BYE.
    if (method === 'BYE' && !this.#isHangingUp) this.#end(`heard BYE`);
  }
}
