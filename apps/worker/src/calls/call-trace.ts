import type { CallRecord, OutputId } from '#domain';
import type { Clock, Micros, Span, SpanEnd, Timer, Timers, Tracer } from '#foundation';

/** What the trace of a call is told with. */
export interface CallTraceOptions {
  readonly tracer: Tracer;
  readonly record: CallRecord;
  readonly clock: Clock;
  readonly timers: Timers;
  /** When the first packet of the peer was heard. */
  readonly firstPacketMicros: () => Micros | undefined;
}

/** The first packet is looked for this often; its span ends when it came. */
const LOOK_MS = 100;

/**
 * Tells a trace how a call comes on air at this node: the INVITE until its answer, from there the first packet, and of each
 * output its first frame. It belongs to the trace of the request that placed the call, also after a node was lost.
 * Told once each: what happens to the call later is no part of it.
 */
export class CallTrace {
  readonly #options: CallTraceOptions;
  readonly #whole: Span;
  #invite: Span | undefined;
  #media: Span | undefined;
  #look: Timer | undefined;
  readonly #outputs = new Map<OutputId, Span | 'told'>();
  #hasAnswer = false;
  #hasSound = false;
  #hasFrame = false;
  #isOver = false;

  constructor(options: CallTraceOptions) {
    this.#options = options;
    const { id, epoch, node, spec } = options.record;
    this.#whole = options.tracer.begin('call to first media', {
      kind: 'internal',
      parent: spec.traceparent,
      facts: { 'callcast.call': id, 'callcast.epoch': epoch, 'callcast.node': node ?? '' },
    });
  }

  inviteSent(): void {
    if (this.#isOver || this.#hasAnswer) return;
    this.#invite?.end({ failure: 'dialled again' });
    this.#invite = this.#begin('sip INVITE', 'client');
  }

  answered(): void {
    if (this.#isOver || this.#hasAnswer) return;
    this.#hasAnswer = true;
    this.#invite?.end({ facts: { 'sip.status': 200 } });
    this.#invite = undefined;
    this.#media = this.#begin('rtp first packet', 'internal');
    this.#look = this.#options.timers.every(LOOK_MS, () => this.#lookForSound());
  }

  /** The output begins to connect. */
  connects(id: OutputId): void {
    if (this.#isOver || this.#outputs.has(id)) return;
    this.#outputs.set(id, this.#begin('rtmp publish', 'client', { 'callcast.output': id }));
  }

  /** The server has taken the stream, and the first frame is on its way to it. */
  flows(id: OutputId): void {
    this.#hasFrame = true;
    this.#endOutput(id);
    this.#endIfWhole();
  }

  /** The output is lost before that; its further attempts are not told. */
  lost(id: OutputId, code: string): void {
    this.#endOutput(id, { failure: code });
  }

  /** Nothing more comes: the call has ended or left the node. */
  end(): void {
    this.#lookForSound();
    this.#finish({ failure: 'over before its first media' });
  }

  #begin(name: string, kind: 'client' | 'internal', facts = {}): Span {
    return this.#options.tracer.begin(name, { kind, parent: this.#whole.traceparent, facts });
  }

  #lookForSound(): void {
    const first = this.#options.firstPacketMicros();
    if (first === undefined || this.#hasSound) return;
    this.#hasSound = true;
    this.#look?.cancel();
    const { clock } = this.#options;
    this.#media?.end({ atMs: clock.wallMs() - (clock.nowMicros() - first) / 1_000 });
    this.#media = undefined;
    this.#endIfWhole();
  }

  #endOutput(id: OutputId, end?: SpanEnd): void {
    const span = this.#outputs.get(id);
    if (span === undefined || span === 'told') return;
    this.#outputs.set(id, 'told');
    span.end(end);
  }

  #endIfWhole(): void {
    const isWaiting = [...this.#outputs.values()].some((span) => span !== 'told');
    if (this.#hasSound && this.#hasFrame && !isWaiting) this.#finish();
  }

  #finish(end?: SpanEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#look?.cancel();
    this.#invite?.end(end);
    this.#media?.end(end);
    for (const id of this.#outputs.keys()) this.#endOutput(id, end);
    this.#whole.end(end);
  }
}
