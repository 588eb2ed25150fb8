import { describe, expect, it } from 'vitest';
import { CALL_DEADLINES, callLifecycle } from '../calls/call-lifecycle.ts';
import { OUTPUT_DEADLINES, outputLifecycle } from '../outputs/output-lifecycle.ts';
import { defineLifecycle } from './machine.ts';
import type { Lifecycle } from './machine.ts';

type AnyLifecycle = Lifecycle<string, string, string>;

const MACHINES: readonly {
  name: string;
  lifecycle: AnyLifecycle;
  deadlines: Readonly<Record<string, unknown>>;
}[] = [
  { name: 'call', lifecycle: callLifecycle, deadlines: CALL_DEADLINES },
  { name: 'output', lifecycle: outputLifecycle, deadlines: OUTPUT_DEADLINES },
];

const targetsOf = (lifecycle: AnyLifecycle, state: string): string[] =>
  Object.values(lifecycle.table[state] ?? {}).flatMap((move) => (move ? [move.to] : []));

function reachableFrom(lifecycle: AnyLifecycle, start: string): Set<string> {
  const seen = new Set([start]);
  for (const state of seen) for (const target of targetsOf(lifecycle, state)) seen.add(target);
  return seen;
}

const eventsOf = (lifecycle: AnyLifecycle): string[] => [
  ...new Set(lifecycle.states.flatMap((state) => Object.keys(lifecycle.table[state] ?? {}))),
];

describe.each(MACHINES)('the $name machine', ({ lifecycle, deadlines }) => {
  const first = lifecycle.states[0] ?? '';
  const live = lifecycle.states.filter((state) => !lifecycle.isTerminal(state));

  it('can reach every state from the first', () => {
    expect([...reachableFrom(lifecycle, first)].sort()).toEqual([...lifecycle.states].sort());
  });

  it.each(live)('can end from %s', (state) => {
    const ends = [...reachableFrom(lifecycle, state)].filter((end) => lifecycle.isTerminal(end));

    expect(ends).not.toEqual([]);
  });

  it.each(live)('has a deadline in %s, and a move for it', (state) => {
    expect(deadlines[state]).toBeTypeOf('function');
    expect(lifecycle.step(state, 'deadlinePassed').kind).toBe('moved');
  });

  it.each(live)('survives the loss of its node in %s', (state) => {
    const canRunOnNode = state !== 'queued';

    expect(lifecycle.step(state, 'nodeLost').kind).toBe(canRunOnNode ? 'moved' : 'illegal');
  });

  it('means the same by every pair of state and event as was agreed', () => {
    const rows = lifecycle.states.flatMap((state) =>
      eventsOf(lifecycle).map((event) => {
        const outcome = lifecycle.step(state, event);
        const target =
          outcome.kind === 'moved' ? [outcome.to, ...outcome.effects].join(' ') : outcome.kind;
        return `${state} + ${event} = ${target}`;
      }),
    );

    expect(rows).toMatchSnapshot();
  });
});

describe('a late event', () => {
  it('is told apart from an illegal one by what earlier states waited for', () => {
    const machine = defineLifecycle<'a' | 'b' | 'c', 'x' | 'y', never>({
      a: { x: { to: 'b' } },
      b: { y: { to: 'c' } },
      c: {},
    });

    expect(machine.step('b', 'x').kind).toBe('late');
    expect(machine.step('a', 'y').kind).toBe('illegal');
    expect(machine.step('c', 'y').kind).toBe('late');
  });

  it('is what a 200 that crosses our CANCEL is to the machine: the dialer has hung it up', () => {
    expect(callLifecycle.step('ending', 'answered').kind).toBe('late');
  });
});
