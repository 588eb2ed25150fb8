import { SeededRandom, VirtualTime } from '#testkit';
import { describe, expect, it } from 'vitest';
import { nextTurn, spacingMsOf } from './trunk-turns.ts';
import type { TurnFacts } from './trunk-turns.ts';

const FREE: TurnFacts = {
  spacingMs: 1000,
  maxChannels: 2,
  opensInMs: -5,
  turn: 'none',
  head: { hasChannel: false, isAsking: true },
  channelsInUse: 0,
};

describe('a turn', () => {
  it.each([
    ['is given when it is time', {}, { kind: 'go' }],
    ['is nobody’s when nobody waits', { head: null }, { kind: 'idle' }],
    [
      'comes when the time since the last INVITE has passed',
      { opensInMs: 400 },
      { kind: 'wait', reason: 'callsPerSecond', retryInMs: 400 },
    ],
    [
      'waits for the INVITE before it, however long ago that was to leave',
      { turn: 'alive', opensInMs: -9_000 },
      { kind: 'wait', reason: 'callsPerSecond', retryInMs: 100 },
    ],
    [
      'after one that was lost counts from now',
      { turn: 'lost' },
      { kind: 'forfeit', retryInMs: 1000 },
    ],
    ['needs a channel', { channelsInUse: 2 }, { kind: 'wait', reason: 'channels', retryInMs: 500 }],
    [
      'needs none for a call that has one',
      { channelsInUse: 2, head: { hasChannel: true, isAsking: true } },
      { kind: 'go' },
    ],
    [
      'is not given to whoever is not first',
      { head: { hasChannel: true, isAsking: false } },
      { kind: 'wait', reason: 'callsPerSecond', retryInMs: 100 },
    ],
    ['has no time where there is no limit', { spacingMs: null, turn: 'alive' }, { kind: 'go' }],
    [
      'needs a channel all the same',
      { spacingMs: null, channelsInUse: 2 },
      { kind: 'wait', reason: 'channels', retryInMs: 500 },
    ],
    [
      'needs no channel where there is no limit',
      { maxChannels: null, channelsInUse: 99 },
      { kind: 'go' },
    ],
  ] as const)('%s', (_, change, move) => {
    expect(nextTurn({ ...FREE, ...change })).toEqual(move);
  });

  it.each([
    [1, 1000],
    [0.1, 10_000],
    [100, 10],
    [null, null],
  ])('at %s calls per second comes every %s ms', (callsPerSecond, spacingMs) => {
    expect(spacingMsOf(callsPerSecond)).toBe(spacingMs);
  });
});

interface Call {
  hasChannel: boolean;
  isUp: boolean;
}

/** Calls of one trunk, and nodes that take them; some die on the way. */
class TrunkWorld {
  readonly time = new VirtualTime();
  readonly invitesMs: number[] = [];
  mostUp = 0;
  readonly #random: SeededRandom;
  readonly #queue: Call[];
  #turn: Call | undefined;
  #isTurnLost = false;
  #opensAtMs = 0;
  #channels = 0;
  #up = 0;

  constructor(
    readonly limits: { readonly spacingMs: number; readonly maxChannels: number },
    seed: number,
    calls: number,
  ) {
    this.#random = new SeededRandom(seed);
    this.#queue = Array.from({ length: calls }, () => ({
      hasChannel: false,
      isUp: false,
    }));
  }

  get #nowMs(): number {
    return this.time.nowMicros() / 1000;
  }

  /** One node asks until nothing is left. */
  work(): void {
    const head = this.#queue[0];
    const move = nextTurn({
      ...this.limits,
      opensInMs: this.#opensAtMs - this.#nowMs,
      turn: this.#turn === undefined ? 'none' : this.#isTurnLost ? 'lost' : 'alive',
      head: head === undefined ? null : { hasChannel: head.hasChannel, isAsking: true },
      channelsInUse: this.#channels,
    });
    if (move.kind === 'idle') return;
    if (move.kind === 'forfeit') {
      this.#turn = undefined;
      this.#isTurnLost = false;
      this.#opensAtMs = this.#nowMs + move.retryInMs;
    }
    if (move.kind === 'go' && head !== undefined) this.#dial(head);
    const retryMs = move.kind === 'go' ? 0 : move.retryInMs;
    this.time.after(retryMs + this.#random.below(20), () => this.work());
  }

  #dial(call: Call): void {
    this.#queue.shift();
    this.#turn = call;
    if (!call.hasChannel) this.#channels += 1;
    call.hasChannel = true;
    const dies = this.#random.below(4);
    // The way out takes between nothing and three times the spacing.
    this.time.after(this.#random.below(3 * this.limits.spacingMs), () => {
      if (dies !== 0) this.#invite(call);
      if (dies < 2) this.#lose(call);
      else this.#sent(call);
    });
  }

  #invite(call: Call): void {
    this.invitesMs.push(this.#nowMs);
    if (call.isUp) return;
    call.isUp = true;
    this.mostUp = Math.max(this.mostUp, ++this.#up);
  }

  #sent(call: Call): void {
    if (this.#turn === call) this.#turn = undefined;
    this.#opensAtMs = Math.max(this.#opensAtMs, this.#nowMs + this.limits.spacingMs);
    this.time.after(this.#random.below(20_000), () => {
      this.#up -= 1;
      this.#channels -= 1;
    });
  }

  /** The node has died, before its INVITE or after it. The call comes back to the queue with its channel. */
  #lose(call: Call): void {
    this.#isTurnLost = true;
    this.#queue.unshift(call);
  }
}

describe('the turns of a trunk', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))(
    'keep to both limits whichever nodes die on the way: seed %i',
    (seed) => {
      const limits = { spacingMs: 1000, maxChannels: 3 };
      const world = new TrunkWorld(limits, seed, 40);
      for (let node = 0; node < 3; node++) world.work();
      world.time.advance(1_800_000);

      const gaps = world.invitesMs.slice(1).map((at, index) => at - (world.invitesMs[index] ?? 0));
      expect(world.time.pendingCount).toBe(0);
      expect(world.invitesMs.length).toBeGreaterThanOrEqual(40);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(limits.spacingMs);
      expect(world.mostUp).toBe(limits.maxChannels);
    },
  );
});
