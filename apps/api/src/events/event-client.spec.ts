import { FakeEventFeed, FakeEventOutlet, VirtualTime } from '#testkit';
import { describe, expect, it } from 'vitest';
import type { CallEventType, CallId, EventId, EventRecord } from '#domain';
import { EventClient } from './event-client.ts';
import type { ClientEnd } from './event-client.ts';

const CALL = 'call_00000000000000000000000001' as CallId;
const OTHER = 'call_00000000000000000000000002' as CallId;

function setup(
  options: {
    readonly cursor?: string;
    readonly callId?: CallId;
    readonly types?: readonly string[];
  } = {},
) {
  const feed = new FakeEventFeed();
  const outlet = new FakeEventOutlet();
  const time = new VirtualTime();
  const ends: ClientEnd[] = [];
  const client = new EventClient({
    outlet,
    feed,
    timers: time,
    cursor: 'c0',
    onEnd: (end) => ends.push(end),
    ...options,
  });
  let seq = 0;
  const add = (
    callId: CallId = CALL,
    note = '',
    type: CallEventType = 'call.ringing',
  ): EventRecord =>
    feed.add({
      id: `evt_${++seq}` as EventId,
      callId,
      appKey: 'default',
      seq,
      epoch: 0,
      type,
      data: { note },
      at: new Date(0),
    });
  const heard = () => [...outlet.text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
  return { feed, outlet, time, ends, client, add, heard };
}

describe('a listener', () => {
  it('reads from its place to the end', async () => {
    const { outlet, client, add, heard } = setup({ cursor: 'c1' });
    add();
    add();
    add();

    client.wake();
    await outlet.until(() => heard().length === 2);

    expect(heard()).toEqual(['c2', 'c3']);
    expect(outlet.text).toContain('event: call.ringing\ndata: {"id":"evt_2"');
  });

  it('writes data in one line, whatever it holds', async () => {
    const { outlet, client, add, heard } = setup();
    add(CALL, 'a\nb\r\nid: forged\n\nevent: forged');

    client.wake();
    await outlet.until(() => heard().length === 1);

    expect(outlet.text.split('\n\n')).toHaveLength(2);
    expect(outlet.text.match(/^(id|event|data): /gm)).toEqual(['id: ', 'event: ', 'data: ']);
  });

  it('takes what it is offered without asking the feed, when it is just there', async () => {
    const { feed, outlet, client, add, heard } = setup();
    client.wake();
    await Promise.resolve();
    await Promise.resolve();
    const reads = feed.reads;

    client.offer('c0', [add(), add()]);
    client.offer('c2', [add()]);

    expect(heard()).toEqual(['c1', 'c2', 'c3']);
    expect(feed.reads).toBe(reads);
    expect(outlet.fate).toBe('open');
  });

  it('reads for itself when it is behind what it is offered, and hears nothing twice', async () => {
    const { outlet, client, add, heard } = setup();
    add();
    add();
    const third = add();

    client.offer('c2', [third]);
    client.offer('c2', [third]);
    await outlet.until(() => heard().length === 3);
    client.offer('c2', [third]);
    client.offer('c3', [add()]);
    await outlet.until(() => heard().length === 4);

    expect(heard()).toEqual(['c1', 'c2', 'c3', 'c4']);
  });

  it('hears only of its call, and still moves on', async () => {
    const { outlet, client, add, heard } = setup({ callId: CALL });
    add(OTHER);
    add(CALL);
    add(OTHER);

    client.wake();
    await outlet.until(() => heard().length === 1);
    client.offer('c3', [add(CALL)]);
    await outlet.until(() => heard().length === 2);

    expect(heard()).toEqual(['c2', 'c4']);
  });

  it('hears only of the types it has asked for', async () => {
    const { outlet, client, add, heard } = setup({ types: ['output.*', 'call.ended'] });
    add(CALL, '', 'call.ended');
    add(CALL, '', 'call.ringing');
    add(CALL, '', 'output.failed');
    add(CALL, '', 'media.silent');

    client.wake();
    await outlet.until(() => heard().length === 2);

    expect(heard()).toEqual(['c1', 'c3']);
  });

  it('is told its place by a heartbeat when it has passed by what it does not hear', () => {
    const { outlet, client, add, heard } = setup({ callId: CALL });
    client.offer('c0', [add(CALL), add(OTHER), add(OTHER)]);
    expect(heard()).toEqual(['c1']);

    client.beat();
    client.beat();

    expect(outlet.text).toMatch(/\n\n: heartbeat\nid: c3\n\n: heartbeat\n\n$/);
  });

  it('gets no more than its buffer holds, and the rest when it has taken that', async () => {
    const { outlet, client, add, heard } = setup();
    for (let n = 0; n < 100; n++) add(CALL, 'x'.repeat(10_000));
    outlet.isStuck = true;

    client.wake();
    await outlet.until(() => outlet.writableLength > 256 * 1024);
    expect(outlet.writableLength).toBeLessThan(256 * 1024 + 11_000);
    outlet.isStuck = false;
    outlet.emit('drain');
    await outlet.until(() => heard().length === 100);

    expect(heard()).toEqual(Array.from({ length: 100 }, (_, n) => `c${n + 1}`));
  });

  it('is let go when it takes nothing for ten seconds', async () => {
    const { outlet, time, ends, client, add } = setup();
    for (let n = 0; n < 100; n++) add(CALL, 'x'.repeat(10_000));
    outlet.isStuck = true;
    client.wake();
    await outlet.until(() => outlet.writableLength > 256 * 1024);
    while (time.pendingCount === 0) await Promise.resolve();

    time.advance(9_999);
    expect(ends).toEqual([]);
    time.advance(1);

    expect(ends).toEqual(['slow']);
    expect(outlet.fate).toBe('ended');
    expect(outlet.text).toMatch(/\n\n: too slow\n\n$/);
    time.advance(4_999);
    expect(outlet.fate).toBe('ended');
    time.advance(1);
    expect(outlet.fate).toBe('destroyed');
    expect(time.pendingCount).toBe(0);
  });

  it('that was let go and takes the rest, with the reason, is not cut', async () => {
    const { outlet, time, ends, client, add } = setup();
    for (let n = 0; n < 100; n++) add(CALL, 'x'.repeat(10_000));
    outlet.isStuck = true;
    client.wake();
    while (time.pendingCount === 0) await Promise.resolve();
    time.advance(10_000);

    outlet.emit('close');

    expect(ends).toEqual(['slow']);
    expect(outlet.fate).toBe('ended');
    expect(time.pendingCount).toBe(0);
  });

  it('leaves no timer behind when it leaves while it is waited for', async () => {
    const { outlet, time, ends, client, add } = setup();
    for (let n = 0; n < 100; n++) add(CALL, 'x'.repeat(10_000));
    outlet.isStuck = true;
    client.wake();
    while (time.pendingCount === 0) await Promise.resolve();

    outlet.emit('close');

    expect(ends).toEqual(['left']);
    expect(time.pendingCount).toBe(0);
  });

  it('is let go when the feed fails: it comes back with its last id', async () => {
    const { feed, outlet, ends, client } = setup();
    feed.failWith(new Error('away'));

    client.wake();
    await outlet.until(() => outlet.fate === 'ended');

    expect(ends).toEqual(['storeFailed']);
    expect(outlet.text).toBe(': the store is away\n\n');
  });

  it('is ended politely when the process stops, and hears nothing after', () => {
    const { outlet, ends, client, add, heard } = setup();

    client.end('stopping');
    client.end('slow');
    client.offer('c0', [add()]);
    client.beat();

    expect(outlet.fate).toBe('ended');
    expect(ends).toEqual(['stopping']);
    expect(heard()).toEqual([]);
  });
});
