import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { CallBoard } from '../live/call-board.ts';
import { LiveLine } from '../live/live-line.ts';
import { LiveContext } from '../live/use-live.ts';
import { router } from '../router.tsx';
import { useCallcast } from '../session/use-session.ts';

const after = (ms: number, action: () => void): (() => void) => {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
};

/** All pages, over one line to the API. */
export function SignedInPages() {
  const callcast = useCallcast();
  const live = useMemo(() => {
    const line = new LiveLine(callcast);
    return { line, board: new CallBoard(callcast, line, after) };
  }, [callcast]);
  useEffect(() => {
    live.board.start();
    live.line.start();
    return () => {
      live.board.stop();
      live.line.stop();
    };
  }, [live]);
  return (
    <LiveContext value={live}>
      <RouterProvider router={router} />
    </LiveContext>
  );
}
