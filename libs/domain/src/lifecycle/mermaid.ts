import type { Lifecycle } from './machine.ts';

/** Draws a machine as a Mermaid state diagram, one arrow per move, in the order of the table. */
export function drawLifecycle(lifecycle: Lifecycle<string, string, string>): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${lifecycle.states[0] ?? ''}`];
  for (const state of lifecycle.states) {
    const eventsByTarget = new Map<string, string[]>();
    for (const [event, move] of Object.entries(lifecycle.table[state] ?? {})) {
      if (move === undefined) continue;
      eventsByTarget.set(move.to, [...(eventsByTarget.get(move.to) ?? []), event]);
    }
    for (const [target, events] of eventsByTarget) {
      lines.push(`  ${state} --> ${target}: ${events.join(', ')}`);
    }
    if (lifecycle.isTerminal(state)) lines.push(`  ${state} --> [*]`);
  }
  return lines.join('\n');
}
