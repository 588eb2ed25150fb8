import { outputLifecycle } from '#domain';
import type {
  NewEvent,
  OutputEvent,
  OutputId,
  OutputPatch,
  OutputRecord,
  OutputState,
  Transition,
} from '#domain';

/** What becomes of a call's outputs in one step, in the parts of a change. */
export interface OutputSteps {
  readonly transitions: readonly Transition[];
  readonly outputs: ReadonlyMap<OutputId, OutputPatch>;
  readonly events: readonly NewEvent[];
}

/** Leads an output through events; those that do not concern its state are passed over. */
function walk(output: OutputRecord, path: readonly OutputEvent[]): Transition[] {
  const transitions: Transition[] = [];
  let state: OutputState = output.state;
  for (const event of path) {
    const step = outputLifecycle.step(state, event);
    if (step.kind !== 'moved') continue;
    transitions.push({ machine: output.id, from: state, to: step.to, event });
    state = step.to;
  }
  return transitions;
}

/**
 * Takes every output that is not over through `path`.
 * One that reaches its end is told as `output.closed`.
 */
export function stepOutputs(
  records: readonly OutputRecord[],
  path: readonly OutputEvent[],
): OutputSteps {
  const transitions: Transition[] = [];
  const outputs = new Map<OutputId, OutputPatch>();
  const events: NewEvent[] = [];
  for (const output of records) {
    const moves = walk(output, path);
    const to = moves.at(-1)?.to as OutputState | undefined;
    if (to === undefined) continue;
    transitions.push(...moves);
    outputs.set(output.id, { state: to, nextRetryAt: null });
    if (outputLifecycle.isTerminal(to)) {
      events.push({ type: 'output.closed', data: { outputId: output.id, url: output.url } });
    }
  }
  return { transitions, outputs, events };
}

/** Ends every output that is not over, as when its call ends. */
export const closeOutputs = (records: readonly OutputRecord[]): OutputSteps =>
  stepOutputs(records, ['closeAsked', 'closed']);
