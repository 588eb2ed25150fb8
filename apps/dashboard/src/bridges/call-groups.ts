import type { Call } from '#sdk';

/** What operators look for, each call in one of them. */
export const CALL_GROUPS = ['queued', 'dialing', 'live', 'held', 'retrying', 'ended'] as const;
export type CallGroup = (typeof CALL_GROUPS)[number];

export const GROUP_WORDS: {
  readonly [G in CallGroup]: { readonly text: string; readonly color: string };
} = {
  queued: { text: 'Queued', color: 'gray' },
  dialing: { text: 'Dialling', color: 'blue' },
  live: { text: 'Live', color: 'green' },
  held: { text: 'On hold', color: 'yellow' },
  retrying: { text: 'Retrying', color: 'orange' },
  ended: { text: 'Ended', color: 'gray' },
};

/** Where a call belongs: what needs somebody's eyes comes before what its leg does. */
export function groupOf({ state, outputs }: Pick<Call, 'state' | 'outputs'>): CallGroup {
  switch (state) {
    case 'queued':
      return 'queued';
    case 'claimed':
    case 'dialing':
    case 'ringing':
    case 'earlyMedia':
      return 'dialing';
    case 'ended':
      return 'ended';
    case 'held':
      return 'held';
    case 'up':
    case 'ending':
      return outputs.some((output) => output.state === 'retrying') ? 'retrying' : 'live';
  }
}

/** How many calls there are of each group. */
export function countGroups(calls: readonly Call[]): Readonly<Record<CallGroup, number>> {
  const counts = { queued: 0, dialing: 0, live: 0, held: 0, retrying: 0, ended: 0 };
  for (const call of calls) counts[groupOf(call)] += 1;
  return counts;
}
