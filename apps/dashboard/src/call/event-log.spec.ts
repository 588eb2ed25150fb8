import { describe, expect, it } from 'vitest';
import type { Callcast, Event } from '#sdk';
import { EventLog, MAX_EVENTS } from './event-log.ts';

const event = (seq: number, callId = 'call-1'): Event => ({
  ...{ id: `event-${seq}`, callId, seq, epoch: 1, type: 'call.ringing' },
  ...{ at: '2026-01-01T00:00:00Z', data: {} },
});

/** A history that is given out when the test says so, and a line that tells of more. */
class World {
  pages: (readonly Event[] | Error)[] = [];
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #open: (() => void)[] = [];

  get listeners(): number {
    return this.#listeners.size;
  }

  readonly log = new EventLog(
    { calls: { events: () => ({ pages: () => this.#read() }) } } as unknown as Pick<
      Callcast,
      'calls'
    >,
    {
      onEvent: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    },
    'call-1',
  );

  tell(told: Event): void {
    for (const hear of this.#listeners) hear(told);
  }

  /** Lets the history be read to its end. */
  async answer(): Promise<void> {
    const changed = new Promise<void>((resolve) => {
      const off = this.log.onChange(() => {
        const { isLoaded, problem } = this.log.view;
        if (!isLoaded && problem === undefined) return;
        off();
        resolve();
      });
    });
    for (const open of this.#open.splice(0)) open();
    await changed;
  }

  async *#read(): AsyncGenerator<{ items: readonly Event[] }> {
    await new Promise<void>((resolve) => this.#open.push(resolve));
    for (const page of this.pages) {
      if (page instanceof Error) throw page;
      yield { items: page };
    }
  }
}

const seqs = ({ log }: World): number[] => log.view.events.map(({ seq }) => seq);

describe('the events of a call', () => {
  it('are each there once, in their order, whoever told them', async () => {
    const world = new World();
    world.pages = [[event(1), event(2)], [event(3)]];
    world.log.start();

    world.tell(event(4));
    world.tell(event(3));
    world.tell(event(9, 'call-2'));
    await world.answer();
    world.tell(event(5));

    expect(seqs(world)).toEqual([1, 2, 3, 4, 5]);
  });

  it('are read again after they could not be read', async () => {
    const world = new World();
    const problem = new Error('away');
    world.pages = [[event(1)], problem];
    world.log.start();
    await world.answer();
    expect(world.log.view).toMatchObject({ isLoaded: false, problem });

    world.pages = [[event(1), event(2)]];
    void world.log.load();
    await world.answer();

    expect(world.log.view).toMatchObject({ isLoaded: true, problem: undefined });
    expect(seqs(world)).toEqual([1, 2]);
  });

  it('are the newest of a long history', async () => {
    const world = new World();
    world.pages = [Array.from({ length: MAX_EVENTS }, (_, index) => event(index + 1))];
    world.log.start();
    await world.answer();

    world.tell(event(MAX_EVENTS + 1));

    expect(seqs(world)).toHaveLength(MAX_EVENTS);
    expect(seqs(world)[0]).toBe(2);
  });

  it('are heard no more when the page is left', () => {
    const world = new World();
    world.log.start();

    world.log.stop();

    expect(world.listeners).toBe(0);
  });
});
