import type { OutputState } from '../outputs/output-lifecycle.ts';
import type { CallState } from './call-lifecycle.ts';

/** What a viewer sees. Computed, never stored. */
export type Broadcast = 'waiting' | 'live' | 'interrupted' | 'over';

/** The facts of an output that the broadcast depends on. */
export interface BroadcastOutput {
  readonly state: OutputState;
  readonly hasPublished: boolean;
}

/** The broadcast of a call and its outputs. */
export function broadcastOf(state: CallState, outputs: readonly BroadcastOutput[]): Broadcast {
  if (state === 'ended') return 'over';
  if (outputs.some((output) => output.state === 'publishing')) return 'live';
  return outputs.some((output) => output.hasPublished) ? 'interrupted' : 'waiting';
}
