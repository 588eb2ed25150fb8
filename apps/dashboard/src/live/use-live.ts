import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type { CallStats } from '#sdk';
import type { BoardView, CallBoard } from './call-board.ts';
import type { LineState, LiveLine } from './live-line.ts';

/** What a signed-in page hears of. */
export interface Live {
  readonly line: LiveLine;
  readonly board: CallBoard;
}

export const LiveContext = createContext<Live | undefined>(undefined);

/** @throws Error outside of the pages that need a session. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error('This page is for those who have signed in.');
  return live;
}

/** All calls, as they are now. */
export function useBoard(): BoardView {
  const { board } = useLive();
  return useSyncExternalStore(board.onChange, () => board.view);
}

/** The newest figures of a live call; only who asks for them is drawn again. */
export function useStatsOf(callId: string): CallStats | undefined {
  const { board } = useLive();
  const subscribe = useCallback(
    (listener: () => void) => board.onStatsOf(callId, listener),
    [board, callId],
  );
  return useSyncExternalStore(subscribe, () => board.statsOf(callId));
}

/** Whether the API can be heard. */
export function useLineState(): LineState {
  const { line } = useLive();
  return useSyncExternalStore(line.onState, () => line.state);
}
