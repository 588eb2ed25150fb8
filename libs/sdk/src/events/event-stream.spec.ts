import { describe, expect, it } from 'vitest';
import { FakeApi, problem, refused } from '../../testing/fake-api.ts';
import type { Script } from '../../testing/fake-api.ts';
import { Callcast } from '../callcast.ts';
import { pause } from '../world.ts';
import type { ListenOptions } from './event-stream.ts';

const encoder = new TextEncoder();

const event = (seq: number): string =>
  `id: 1-${seq}\nevent: call.queued\ndata: {"id":"evt_${seq}","seq":${seq}}\n\n`;

/** A line that says some things and is then closed, or stays open in silence. */
const line = (texts: readonly string[], end: 'closed' | 'open' = 'closed'): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const text of texts) controller.enqueue(encoder.encode(text));
        if (end === 'closed') controller.close();
      },
    }),
  );

function setup(scripts: readonly Script[], options: ListenOptions = {}) {
  const api = new FakeApi(...scripts);
  const callcast = new Callcast(
    { url: 'http://api.example.com', apiKey: 'key-of-the-app', fetch: api.fetch },
    api.world,
  );
  const stream = callcast.events.listen({ stats: true }, options);
  const take = async (count: number): Promise<number[]> => {
    const found: number[] = [];
    for await (const { seq } of stream) if (found.push(seq) === count) break;
    return found;
  };
  return { api, stream, take: (count: number) => api.world.until(take(count)) };
}

const afters = (api: FakeApi) => api.asked.map(({ headers }) => headers['last-event-id']);

describe('listening', () => {
  it('goes on behind the last event after each line that ends: no gap, no double', async () => {
    const cut = event(3).slice(0, 20);
    const scripts = [line([event(1), event(2), cut]), line([event(3)]), line([event(4)])];
    const { api, stream, take } = setup(scripts);

    expect(await take(4)).toEqual([1, 2, 3, 4]);

    expect(afters(api)).toEqual([undefined, '1-2', '1-3']);
    expect(stream.lastEventId).toBe('1-4');
    expect(api.asked[0]).toMatchObject({ url: 'http://api.example.com/v1/events?stats=true' });
  });

  it('begins again where the API said it begins, when the line ends before the first event', async () => {
    const { api, take } = setup([line(['retry: 10\nid: 1-0\n\n']), line([event(1)])]);

    await take(1);

    expect(afters(api)).toEqual([undefined, '1-0']);
  });

  it('goes on after the event it is told', async () => {
    const { api, take } = setup([line([event(8)])], { after: '1-7' });

    await take(1);

    expect(afters(api)).toEqual(['1-7']);
  });

  it('comes back from silence, refusals that pass and lost networks', async () => {
    const errors: string[] = [];
    const onReconnect: ListenOptions['onReconnect'] = ({ code }) => void errors.push(code);
    const scripts = [
      line(['retry: 3000\n\n', event(1)], 'open'),
      refused(),
      problem(503, 'STORE_UNAVAILABLE', { 'retry-after': '7' }),
      'silence' as const,
      line([event(2)]),
    ];
    const { api, take } = setup(scripts, { heartbeatTimeoutMs: 20_000, onReconnect });

    expect(await take(2)).toEqual([1, 2]);

    expect(errors).toEqual(['TIMED_OUT', 'UNREACHABLE', 'STORE_UNAVAILABLE', 'TIMED_OUT']);
    expect(api.timesMs).toEqual([0, 23_000, 26_000, 33_000, 56_000]);
  });

  it('takes a beat for a sign of life', async () => {
    let beat: (text: string) => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        beat = (text) => controller.enqueue(encoder.encode(text));
      },
    });
    const { api, take } = setup([new Response(body)], { heartbeatTimeoutMs: 20_000 });
    for (const atMs of [15_000, 30_000]) api.world.after(atMs, () => beat(': heartbeat\n\n'));
    api.world.after(45_000, () => beat(event(1)));

    expect(await take(1)).toEqual([1]);

    expect(api.asked).toHaveLength(1);
  });

  it('does not take somebody who works long on an event for a dead line', async () => {
    const { api, stream } = setup([line([event(1), event(2)], 'open')], {
      heartbeatTimeoutMs: 20_000,
    });

    const working = (async () => {
      for await (const { seq } of stream) {
        if (seq === 2) return;
        await pause(api.world, 60_000);
      }
    })();
    await api.world.until(working);

    expect(api.asked).toHaveLength(1);
  });

  it.each([
    { status: 401, code: 'KEY_INVALID' },
    { status: 404, code: 'CALL_NOT_FOUND' },
  ])('ends where coming back changes nothing: $code', async ({ status, code }) => {
    const { take } = setup([line([event(1)]), problem(status, code)]);

    await expect(take(2)).rejects.toMatchObject({ code, status });
  });

  it('tells figures apart from events, and takes no place in the feed from them', async () => {
    const heard: unknown[] = [];
    const figures = 'event: call.stats\ndata: {"callId":"call_1"}\n\n';
    const { stream, take } = setup([line([event(1), figures, event(2)])], {
      onStats: (stats) => void heard.push(stats),
    });

    expect(await take(2)).toEqual([1, 2]);

    expect(heard).toEqual([{ callId: 'call_1' }]);
    expect(stream.lastEventId).toBe('1-2');
  });

  it('closes the line and leaves no timer when the loop is left, or the signal says so', async () => {
    const controller = new AbortController();
    const scripts = [line([event(1)], 'open'), line([event(2)], 'open')];
    const { api, take, stream } = setup(scripts, { signal: controller.signal });
    await take(1);
    expect(api.world.waiting).toBe(0);

    const more = (async () => {
      for await (const { seq } of stream) if (seq === 2) controller.abort(new Error('enough'));
    })();

    await expect(api.world.until(more)).rejects.toThrow('enough');
    expect(api.world.waiting).toBe(0);
  });
});
