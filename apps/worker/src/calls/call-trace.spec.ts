import { describe, expect, it } from 'vitest';
import type { CallRecord, OutputId } from '#domain';
import type { Micros, SpanEnd, SpanStart, Tracer } from '#foundation';
import { VirtualTime } from '#testkit';
import { CallTrace } from './call-trace.ts';

const PARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const [FIRST, SECOND] = ['out_1' as OutputId, 'out_2' as OutputId];

interface Told extends SpanStart {
  readonly name: string;
  readonly ends: SpanEnd[];
}

function setup() {
  const spans: Told[] = [];
  const tracer: Tracer = {
    begin(name, start) {
      const told: Told = { name, ...start, ends: [] };
      spans.push(told);
      return { traceparent: `span of ${name}`, end: (end = {}) => void told.ends.push(end) };
    },
  };
  const time = new VirtualTime();
  const heard: { at: Micros | undefined } = { at: undefined };
  const record = { id: 'call_1', epoch: 2, node: 'node_1', spec: { traceparent: PARENT } };
  const trace = new CallTrace({
    tracer,
    record: record as unknown as CallRecord,
    clock: time,
    timers: time,
    firstPacketMicros: () => heard.at,
  });
  const ends = () => Object.fromEntries(spans.map(({ name, ends: all }) => [name, all]));
  return { trace, spans, time, heard, ends };
}

describe('the trace of a call', () => {
  it('belongs to the request that placed it, at every node, and its parts to it', () => {
    const { trace, spans } = setup();

    trace.inviteSent();
    trace.answered();
    trace.connects(FIRST);

    expect(spans.map(({ name, parent }) => [name, parent])).toEqual([
      ['call to first media', PARENT],
      ['sip INVITE', 'span of call to first media'],
      ['rtp first packet', 'span of call to first media'],
      ['rtmp publish', 'span of call to first media'],
    ]);
  });

  it('is whole with the first packet, told as of when it came, and a frame of every output', () => {
    const { trace, time, heard, ends } = setup();
    trace.inviteSent();
    trace.answered();
    trace.connects(FIRST);
    trace.connects(SECOND);
    const cameAtMs = time.wallMs() + 30;

    time.advance(30);
    heard.at = time.nowMicros();
    time.advance(70);
    trace.flows(FIRST);
    expect(ends()['call to first media']).toEqual([]);
    trace.lost(SECOND, 'RTMP_REFUSED');
    trace.flows(SECOND);

    expect(ends()).toMatchObject({
      'call to first media': [{}],
      'rtp first packet': [{ atMs: cameAtMs }],
    });
  });

  it('ends with a call that ends before that, each part once, and nothing is looked for any more', () => {
    const { trace, time, heard, spans } = setup();
    trace.inviteSent();
    trace.answered();
    trace.connects(FIRST);

    trace.end();
    trace.end();
    heard.at = time.nowMicros();
    time.advance(1_000);
    trace.flows(FIRST);
    trace.connects(SECOND);

    const failure = 'over before its first media';
    expect(spans).toHaveLength(4);
    expect(spans.map(({ name, ends }) => [name, ends.length, ends.at(-1)?.failure])).toEqual([
      ['call to first media', 1, failure],
      ['sip INVITE', 1, undefined],
      ['rtp first packet', 1, failure],
      ['rtmp publish', 1, failure],
    ]);
  });
});
