/** Where an event leads, and what must be done once the step is recorded. */
export interface Move<State extends string, Effect extends string> {
  readonly to: State;
  readonly effects?: readonly Effect[];
}

/** All moves of a machine: a row per state, in the order of a life. A state without moves is terminal. */
export type LifecycleTable<State extends string, Event extends string, Effect extends string> = {
  readonly [S in State]: { readonly [E in Event]?: Move<State, Effect> };
};

/**
 * What an event means in a state.
 * - `moved`: the table has it.
 * - `late`: true, but an earlier state was waiting for it; to be counted, not acted upon.
 * - `illegal`: no state up to here could expect it: our bug.
 */
export type StepOutcome<State extends string, Effect extends string> =
  | {
      readonly kind: 'moved';
      readonly from: State;
      readonly to: State;
      readonly effects: readonly Effect[];
    }
  | { readonly kind: 'late' }
  | { readonly kind: 'illegal' };

/** A machine made from its table. Pure: it holds no state of its own. */
export interface Lifecycle<State extends string, Event extends string, Effect extends string> {
  readonly states: readonly State[];
  readonly table: LifecycleTable<State, Event, Effect>;
  step(state: State, event: Event): StepOutcome<State, Effect>;
  isTerminal(state: State): boolean;
}

/** Makes a machine from its table. The order of the rows is the order of a life. */
export function defineLifecycle<State extends string, Event extends string, Effect extends string>(
  table: LifecycleTable<State, Event, Effect>,
): Lifecycle<State, Event, Effect> {
  const states = Object.keys(table) as State[];
  return {
    states,
    table,
    step(state, event) {
      const move = table[state][event];
      if (move !== undefined) {
        return { kind: 'moved', from: state, to: move.to, effects: move.effects ?? [] };
      }
      const earlier = states.slice(0, states.indexOf(state));
      const wasExpected = earlier.some((before) => table[before][event] !== undefined);
      return { kind: wasExpected ? 'late' : 'illegal' };
    },
    isTerminal: (state) => Object.keys(table[state]).length === 0,
  };
}
