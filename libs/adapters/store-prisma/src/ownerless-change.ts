import { invariant } from '#foundation';
import { callLifecycle, verdictOf } from '#domain';
import type { CallEvent, CallRecord, CallState, Transition, Verdict } from '#domain';
import type { StoredChange } from './change-writer.ts';
import { MAX_FAILOVERS } from './lease.ts';
import { closeOutputs, stepOutputs } from './output-steps.ts';

/** How a call ends that was asked to stop while no node could hang it up. */
export const stopVerdict = (record: CallRecord): Verdict =>
  record.answeredAt === null
    ? verdictOf('canceled', 'CALL_CANCELED')
    : verdictOf('completed', 'CALL_HUNG_UP');

function moveOf(state: CallState, event: CallEvent): { transition: Transition; to: CallState } {
  const step = callLifecycle.step(state, event);
  invariant(step.kind === 'moved', `a call in ${state} cannot meet ${event}`);
  return { transition: { machine: 'call', from: state, to: step.to, event }, to: step.to };
}

/** The fence of a change: the row as it was read. */
const fenceOf = ({ id, epoch, version }: CallRecord) => ({ callId: id, epoch, version });

/** Ends a call that no node runs, by an event that ends it at once. */
export function endingOf(record: CallRecord, event: CallEvent, verdict: Verdict): StoredChange {
  const { transition, to } = moveOf(record.state, event);
  invariant(callLifecycle.isTerminal(to), `${event} does not end a call in ${record.state}`);
  const outputs = closeOutputs(record.outputs);
  const chosen = record.verdict ?? verdict;
  return {
    ...fenceOf(record),
    transitions: [...outputs.transitions, transition],
    call: { state: to, verdict: chosen },
    outputs: outputs.outputs,
    events: [...outputs.events, { type: 'call.ended', data: { verdict: chosen } }],
  };
}

/** Why a call that has lost its node is not queued again; null when it is. */
function endAfterLoss(record: CallRecord): { event: CallEvent; verdict: Verdict } | null {
  if (record.stopRequestedAt !== null) return { event: 'stopAsked', verdict: stopVerdict(record) };
  if (record.failovers < MAX_FAILOVERS) return null;
  return { event: 'failed', verdict: verdictOf('failed', 'CALL_NODE_LOST') };
}

/** What becomes of a call whose node was lost: queued again, or ended. Its old owner is fenced off either way. */
export function abandonmentOf(record: CallRecord): StoredChange {
  const owner = { node: null, isFailover: true };
  const lost = moveOf(record.state, 'nodeLost');
  if (callLifecycle.isTerminal(lost.to)) {
    const end = endAfterLoss(record)?.verdict ?? verdictOf('failed', 'CALL_NODE_LOST');
    return { ...endingOf(record, 'nodeLost', end), owner };
  }
  const end = endAfterLoss(record);
  if (end !== null) {
    const ending = endingOf({ ...record, state: lost.to }, end.event, end.verdict);
    return { ...ending, transitions: [lost.transition, ...ending.transitions], owner };
  }
  const outputs = stepOutputs(record.outputs, ['nodeLost']);
  const { node, epoch } = record;
  return {
    ...fenceOf(record),
    transitions: [lost.transition, ...outputs.transitions],
    call: { state: lost.to },
    outputs: outputs.outputs,
    events: [...outputs.events, { type: 'call.failed_over', data: { node, epoch } }],
    owner,
  };
}
