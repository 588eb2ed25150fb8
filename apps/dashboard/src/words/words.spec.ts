import { describe, expect, it } from 'vitest';
import type { Call } from '#sdk';
import { bitrateText, bytesText, levelText, percentText } from './amounts.ts';
import { CALL_STATES, callWords, targetHost } from './call-states.ts';
import { eventWords } from './event-texts.ts';
import { durationText, msBetween, ticksText } from './times.ts';
import { verdictText, whoMustAct } from './verdicts.ts';

const failed = (code: string, detail: string) =>
  ({ result: 'failed', code, fault: 'callee', detail }) as NonNullable<Call['verdict']>;

describe('words', () => {
  it('tell how a call went, with what the callee has answered', () => {
    expect(verdictText(failed('SIP_BUSY', '486 Busy Here'))).toBe(
      'Busy: the callee refused with 486 Busy Here',
    );
    expect(verdictText(failed('SIP_UNREACHABLE', '408 Request Timeout; silence'))).toBe(
      'Unreachable: 408 Request Timeout; silence',
    );
    expect(verdictText(failed('OF_TOMORROW', 'something new'))).toBe('something new');
    expect(verdictText({ ...failed('CALL_PEER_LEFT', 'BYE'), result: 'completed' } as never)).toBe(
      'The callee hung up',
    );
    expect(whoMustAct(failed('SIP_BUSY', ''))).toBe('The callee');
  });

  it('tell the state of a call, and how it went once it is over', () => {
    const call = { state: 'up', verdict: null, nextDialAt: null, redials: 0 } as const;
    const queued = { ...call, state: 'queued', nextDialAt: '2026-01-01T00:00:00Z' } as const;

    expect(callWords(call)).toBe(CALL_STATES.up);
    expect(callWords(queued).text).toBe('Scheduled');
    expect(callWords({ ...queued, redials: 1 }).text).toBe('Dialling again');
    expect(callWords({ ...call, state: 'ended', verdict: failed('SIP_BUSY', '') }).text).toBe(
      'Failed',
    );
  });

  it('tell events as sentences', () => {
    const say = (type: string, data: Record<string, unknown> = {}): string =>
      eventWords({ type, data }).text;

    expect(say('call.claimed', { node: 'node-1' })).toBe('Taken by node node-1');
    expect(say('call.ended', { verdict: failed('SIP_BUSY', '486 Busy Here') })).toBe(
      'Ended: Busy: the callee refused with 486 Busy Here',
    );
    expect(
      say('output.interrupted', {
        url: 'rtmp://live.example.com/app',
        error: { code: 'RTMP_LOST', detail: 'reset' },
      }),
    ).toBe('Interrupted at live.example.com: The connection broke: reset');
    expect(say('output.interrupted', { url: 'rtmp://a/b', error: null })).toBe('Interrupted at a');
    expect(say('media.silent', { seconds: 30 })).toBe('Silent for 30 s');
  });

  it('tell an event of a newer API by its name', () => {
    expect(eventWords({ type: 'call.beamed', data: {} }).text).toBe('call.beamed');
    expect(eventWords({ type: 'constructor', data: {} }).text).toBe('constructor');
  });

  it('tell durations', () => {
    const all = [-5, 850, 4_250, 42_000, 125_000, 11_045_000, 183_840_000].map(durationText);

    expect(all).toEqual(['0 s', '850 ms', '4.2 s', '42 s', '2:05', '3:04:05', '2 d 03:04']);
    expect([-5, 4_999, 125_000].map(ticksText)).toEqual(['0 s', '4 s', '2:05']);
    expect(msBetween('2026-01-01T00:00:00Z', '2026-01-01T00:00:01.5Z')).toBe(1_500);
    expect(msBetween('never', '2026-01-01T00:00:01.5Z')).toBeUndefined();
  });

  it('tell amounts', () => {
    expect([512, 1_500, 25_000_000].map(bytesText)).toEqual(['512 B', '1.5 kB', '25 MB']);
    expect([800, 64_300, 1_230_000].map(bitrateText)).toEqual(['0.8 kb/s', '64 kb/s', '1.2 Mb/s']);
    expect([-127, -23.4].map(levelText)).toEqual(['silent', '-23 dBFS']);
    expect([0, 0.31, 12.5].map(percentText)).toEqual(['0 %', '0.3 %', '13 %']);
  });

  it('tell where an output goes', () => {
    const urls = ['rtmp://a.example.com:1935/live', 'file:show', 'file:', 'strange'];

    expect(urls.map(targetHost)).toEqual(['a.example.com:1935', 'show', 'recording', 'strange']);
  });
});
