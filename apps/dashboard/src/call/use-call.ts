import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Call } from '#sdk';
import { useLive } from '../live/use-live.ts';
import { useCallcast } from '../session/use-session.ts';
import { EventLog } from './event-log.ts';
import type { EventLogView } from './event-log.ts';

/** Events come in bunches: one question for all of them. */
const GATHER_MS = 150;

/** A call as it is now: asked again whenever something happens to it. */
export function useCall(callId: string): UseQueryResult<Call> {
  const callcast = useCallcast();
  const queryClient = useQueryClient();
  const { board, line } = useLive();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      timer = undefined;
      void queryClient.invalidateQueries({ queryKey: ['call', callId] });
    };
    const endings = [
      line.onEvent((event) => {
        if (event.callId === callId) timer ??= setTimeout(ask, GATHER_MS);
      }),
      line.onState(() => {
        if (line.state === 'open') timer ??= setTimeout(ask, GATHER_MS);
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const end of endings) end();
    };
  }, [callId, line, queryClient]);
  return useQuery({
    queryKey: ['call', callId],
    queryFn: ({ signal }) => callcast.calls.get(callId, {}, { signal }),
    placeholderData: () => board.view.calls.find(({ id }) => id === callId),
  });
}

/** The history of a call, and how to read it again. */
export function useEventLog(callId: string): EventLogView & { readonly load: () => void } {
  const callcast = useCallcast();
  const { line } = useLive();
  const log = useMemo(() => new EventLog(callcast, line, callId), [callcast, line, callId]);
  useEffect(() => {
    log.start();
    // What could not be read while the API was away.
    const unsubscribe = line.onState(() => {
      if (line.state === 'open' && log.view.problem !== undefined) void log.load();
    });
    return () => {
      unsubscribe();
      log.stop();
    };
  }, [line, log]);
  const view = useSyncExternalStore(log.onChange, () => log.view);
  return { ...view, load: () => void log.load() };
}
