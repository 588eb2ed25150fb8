import { describe, expect, it } from 'vitest';
import type { Call, CallStats, Callcast, Event, ListenOptions } from '#sdk';
import { CallBoard } from './call-board.ts';
import { LiveLine } from './live-line.ts';

const call = (id: string, fields: Partial<Call> = {}): Call => ({
  ...{ id, callId: id, appKey: 'app', state: 'up', epoch: 1, node: 'node-1', broadcast: 'live' },
  ...{ muted: false, heldBy: null, to: `sip:${id}@example.com`, trunk: null, priority: 0 },
  ...{ createdAt: `2026-01-01T00:00:${id.padStart(2, '0')}Z`, startAt: null, nextDialAt: null },
  ...{ redials: 0, answeredAt: null, endedAt: null, verdict: null, outputs: [], metadata: {} },
  media: { direction: 'recvonly', path: null, codecs: ['PCMU'], srtp: 'off' },
  from: { user: null, displayName: null, domain: null },
  redial: null,
  limits: { ringSeconds: 60, maxSeconds: 3_600 },
  ...fields,
});

const statsOf = (callId: string, isFinal = false): CallStats =>
  ({ callId, isFinal, at: '2026-01-01T00:00:00Z' }) as CallStats;

/** An API whose lists are what the test puts there, and a line on which it says what it likes. */
class World {
  readonly calls = new Map<string, Call>();
  readonly asked: string[] = [];
  isAway = false;
  #listen: ListenOptions = {};
  #timers: { ms: number; action: () => void }[] = [];
  #tell: (event: Event) => void = () => undefined;
  readonly board: CallBoard;

  constructor(...calls: Call[]) {
    for (const each of calls) this.calls.set(each.id, each);
    const api = { calls: { list: (query: { id?: string; live?: boolean }) => this.#list(query) } };
    const events = { listen: (_: unknown, options: ListenOptions) => this.#open(options) };
    const callcast = { ...api, events } as unknown as Callcast;
    const line = new LiveLine(callcast);
    this.board = new CallBoard(callcast, line, (ms, action) => {
      const timer = { ms, action };
      this.#timers.push(timer);
      return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
    });
    this.board.start();
    line.start();
  }

  get shown(): string[] {
    return this.board.view.calls.map(({ id, state }) => `${id} ${state}`);
  }

  async connect(): Promise<void> {
    this.#listen.onConnect?.();
    await this.pass();
  }

  change(changed: Call): void {
    this.calls.set(changed.id, changed);
    this.#tell({ callId: changed.id } as Event);
  }

  figures(stats: CallStats): void {
    this.#listen.onStats?.(stats);
  }

  /** Lets what waits run, once. @returns How long it would have waited. */
  async pass(): Promise<number[]> {
    await settle();
    const due = this.#timers.splice(0);
    for (const { action } of due) action();
    await settle();
    return due.map(({ ms }) => ms);
  }

  #open(options: ListenOptions): AsyncIterable<Event> {
    this.#listen = options;
    const told: Event[] = [];
    let wake = (): void => undefined;
    this.#tell = (event) => {
      told.push(event);
      wake();
    };
    return {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const next = told.shift();
          if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
          else yield next;
        }
      },
    };
  }

  #list(query: { id?: string; live?: boolean }) {
    const page = () => {
      this.asked.push(query.id ?? (query.live === true ? 'live' : 'ended'));
      if (this.isAway) return Promise.reject(new Error('away'));
      const ids = query.id?.split(',');
      const items = [...this.calls.values()].filter(
        ({ id, state }) => ids?.includes(id) ?? (state !== 'ended') === query.live,
      );
      return Promise.resolve({ items, nextCursor: null });
    };
    return {
      page,
      async *pages() {
        yield await page();
      },
    };
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

describe('the board', () => {
  it('reads all when the line is open, newest first', async () => {
    const world = new World(call('1'), call('3'), call('2', { state: 'ended' }));
    await world.pass();
    expect(world.asked).toEqual([]);

    await world.connect();

    expect(world.board.view.isLoaded).toBe(true);
    expect(world.shown).toEqual(['3 up', '2 ended', '1 up']);
  });

  it('asks once for all that has changed within a moment', async () => {
    const world = new World(call('1'), call('2'));
    await world.connect();

    world.change(call('1', { state: 'ended' }));
    world.change(call('2', { state: 'held' }));
    world.change(call('3', { state: 'queued' }));
    world.change(call('1', { state: 'ended' }));
    await world.pass();

    expect(world.asked).toEqual(['live', 'ended', '1,2,3']);
    expect(world.shown).toEqual(['3 queued', '2 held', '1 ended']);
  });

  it('says that the API is away, keeps what it knows, and asks again for what it has missed', async () => {
    const world = new World(call('1'));
    await world.connect();
    world.isAway = true;
    world.change(call('1', { state: 'ended' }));
    await world.pass();
    const { problem } = world.board.view;
    const shown = world.shown;
    world.isAway = false;

    const waited = await world.pass();

    expect(problem).toBe('away');
    expect(shown).toEqual(['1 up']);
    expect(waited).toEqual([2_000]);
    expect(world.shown).toEqual(['1 ended']);
    expect(world.board.view.problem).toBeNull();
  });

  it('tries to read all again until it can', async () => {
    const world = new World(call('1'));
    world.isAway = true;
    await world.connect();
    expect(world.board.view).toMatchObject({ isLoaded: false, problem: 'away' });
    world.isAway = false;

    await world.pass();

    expect(world.shown).toEqual(['1 up']);
  });

  it('keeps 500 of those that are over, those that ended last', async () => {
    const over = Array.from({ length: 501 }, (_, at) =>
      call(String(at), { state: 'ended', endedAt: new Date(at * 1000).toISOString() }),
    );
    const world = new World(...over, call('live'));
    await world.connect();

    expect(world.board.view.calls).toHaveLength(501);
    expect(world.shown).not.toContain('0 ended');
    expect(world.shown).toContain('live up');
  });

  it('tells the figures of a call to who asked for them, and forgets them with the call', async () => {
    const world = new World(call('1'));
    await world.connect();
    let told = 0;
    const stop = world.board.onStatsOf('1', () => (told += 1));

    world.figures(statsOf('2'));
    world.figures(statsOf('1'));
    const [live, heard] = [world.board.statsOf('1'), told];
    world.figures(statsOf('1', true));
    stop();
    world.figures(statsOf('1'));

    expect(live?.callId).toBe('1');
    expect(heard).toBe(1);
    expect(told).toBe(2);
  });

  it('hears nothing when it has stopped', async () => {
    const world = new World(call('1'));
    await world.connect();
    world.board.stop();

    world.change(call('1', { state: 'ended' }));
    await world.pass();

    expect(world.shown).toEqual(['1 up']);
  });
});
