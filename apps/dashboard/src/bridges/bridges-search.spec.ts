import { describe, expect, it } from 'vitest';
import type { Call } from '#sdk';
import { readBridgesSearch, searchCalls } from './bridges-search.ts';
import { countGroups, groupOf } from './call-groups.ts';

const call = (fields: Partial<Call>): Call =>
  ({
    ...{ id: 'call_1', callId: 'show', appKey: 'app', state: 'up', node: null, trunk: null },
    ...{ to: 'sip:room@example.com', outputs: [] },
    ...fields,
  }) as unknown as Call;

const output = (state: string, url = 'rtmp://live.example.com/app') =>
  ({ id: 'out_1', url, state }) as Call['outputs'][number];

describe('the search of a URL', () => {
  it.each([
    [{}, {}],
    [
      { group: 'live', q: 'Room' },
      { group: 'live', q: 'Room' },
    ],
    [{ group: 'nonsense', q: '' }, {}],
    [{ group: ['live'], q: { a: 1 } }, {}],
    [{ q: 4711 }, { q: '4711' }],
    [{ q: 'x'.repeat(300) }, { q: 'x'.repeat(200) }],
  ])('%j is read as %j', (given, read) => {
    expect(readBridgesSearch(given)).toEqual(read);
  });
});

describe('a search', () => {
  const room = call({ id: 'call_a', node: 'node-7', outputs: [output('publishing')] });
  const phone = call({
    id: 'call_b',
    to: 'sip:Phone@other.example',
    trunk: 'acme',
    state: 'ended',
  });
  const all = [room, phone];

  it.each([
    [{}, [room, phone]],
    [{ q: 'PHONE' }, [phone]],
    [{ q: 'live.example' }, [room]],
    [{ q: 'node-7' }, [room]],
    [{ q: ' acme  other ' }, [phone]],
    [{ q: 'acme room' }, []],
    [{ group: 'ended' }, [phone]],
    [{ group: 'ended', q: 'room' }, []],
  ] as const)('for %j finds what fits', (search, found) => {
    expect(searchCalls(all, search)).toEqual(found);
  });

  it('that asks for nothing leaves the list as it is', () => {
    expect(searchCalls(all, { q: ' ' })).toBe(all);
  });
});

describe('a call', () => {
  it.each([
    ['queued', [], 'queued'],
    ['ringing', [output('idle')], 'dialing'],
    ['up', [output('publishing')], 'live'],
    ['up', [output('publishing'), output('retrying')], 'retrying'],
    ['held', [output('retrying')], 'held'],
    ['ended', [output('failed')], 'ended'],
  ] as const)('that is %s belongs where operators look for it', (state, outputs, group) => {
    expect(groupOf({ state, outputs })).toBe(group);
  });

  it('is counted once', () => {
    const calls = [call({}), call({ state: 'held' }), call({ state: 'held' })];
    expect(countGroups(calls)).toEqual({
      ...{ queued: 0, dialing: 0, live: 1, held: 2, retrying: 0, ended: 0 },
    });
  });
});
