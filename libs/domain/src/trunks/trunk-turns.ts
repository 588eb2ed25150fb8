/** What is known of a trunk at the moment when somebody asks for a turn, by the clock of the store. */
export interface TurnFacts {
  /** From one INVITE to the next, at least; null without a limit. */
  readonly spacingMs: number | null;
  /** Null without a limit. */
  readonly maxChannels: number | null;
  /** Until the next INVITE may leave; 0 or less for now. */
  readonly opensInMs: number;
  /**
   * The turn that was given last, as long as nobody has said that its INVITE has left: `alive` while it still may leave,
   * `lost` when it may have left with a node that can no longer tell.
   */
  readonly turn: 'none' | 'alive' | 'lost';
  /** Who comes first; null when nobody waits. */
  readonly head: { readonly hasChannel: boolean; readonly isAsking: boolean } | null;
  readonly channelsInUse: number;
}

/** What follows for whoever asks. */
export type TurnMove =
  /** The INVITE of the head may leave, and nobody else's until it has. */
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly reason: TrunkWait; readonly retryInMs: number }
  /** As `wait`; and the lost turn counts as if its INVITE had left just now. */
  | { readonly kind: 'forfeit'; readonly retryInMs: number }
  | { readonly kind: 'idle' };

/** What a call waits for: the next place in time, or a channel. */
export type TrunkWait = 'callsPerSecond' | 'channels';

/** Whoever has the turn is about to send its INVITE. */
const TURN_RETRY_MS = 100;
/** A channel comes back at any time; the node that had it looks at once. */
const CHANNEL_RETRY_MS = 500;

const wait = (reason: TrunkWait, retryInMs: number): TurnMove => ({
  kind: 'wait',
  reason,
  retryInMs,
});

/** From one INVITE to the next, in milliseconds. */
export const spacingMsOf = (callsPerSecond: number | null): number | null =>
  callsPerSecond === null ? null : 1000 / callsPerSecond;

/**
 * Whose turn it is.
 *
 * @remarks
 * One turn at a time: it is given, its INVITE leaves, and only then the time to the next one begins. However long an
 * INVITE takes on its way out of whichever node, two of them are never closer than the limit. A turn whose node has died
 * counts from when that is found out, because its INVITE may have left.
 * Calls that have a channel, because they are dialled again, come first: they need no other one.
 */
export function nextTurn(facts: TurnFacts): TurnMove {
  const { spacingMs, maxChannels, opensInMs, turn, head, channelsInUse } = facts;
  if (head === null) return { kind: 'idle' };
  if (spacingMs !== null) {
    if (turn === 'lost') return { kind: 'forfeit', retryInMs: spacingMs };
    if (turn === 'alive') return wait('callsPerSecond', TURN_RETRY_MS);
    if (opensInMs > 0) return wait('callsPerSecond', opensInMs);
  }
  if (!head.hasChannel && maxChannels !== null && channelsInUse >= maxChannels) {
    return wait('channels', CHANNEL_RETRY_MS);
  }
  return head.isAsking ? { kind: 'go' } : wait('callsPerSecond', TURN_RETRY_MS);
}
