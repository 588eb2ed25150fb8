import { Alert, Button, Center, Loader, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { Callcast } from '#sdk';
import { SignedInPages } from '../shell/signed-in-pages.tsx';
import { findSession, sessionFetch, signOut } from './session.ts';
import type { Session } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { SignedInContext } from './use-session.ts';

const SESSION = ['session'];

/** Shows the pages to who has signed in, and to others the way in. */
export function SessionGate() {
  const queryClient = useQueryClient();
  const [isExpired, setExpired] = useState(false);
  const { data, isError, refetch } = useQuery({
    ...{ queryKey: SESSION, queryFn: findSession },
    ...{ staleTime: Infinity, gcTime: Infinity },
  });
  const leave = useCallback(
    (hasExpired: boolean): void => {
      setExpired(hasExpired);
      // What the next one may see is asked for anew.
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
      queryClient.setQueryData(SESSION, null);
    },
    [queryClient],
  );
  if (isError) return <Unreachable onRetry={() => void refetch()} />;
  if (data === undefined) {
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (data === null) {
    const enter = (session: Session): void => {
      queryClient.setQueryData(SESSION, session);
    };
    return <SignIn isExpired={isExpired} onSignedIn={enter} />;
  }
  return <Signed session={data} onLeft={leave} />;
}

function Unreachable({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <Center h="100vh" p="md">
      <Alert title="The API cannot be reached" color="red" maw={480}>
        <Stack>
          It is stopped, or the network is away.
          <Button onClick={onRetry}>Try again</Button>
        </Stack>
      </Alert>
    </Center>
  );
}

interface SignedProps {
  readonly session: Session;
  readonly onLeft: (hasExpired: boolean) => void;
}

function Signed({ session, onLeft }: SignedProps) {
  const signedIn = useMemo(() => {
    const callcast = new Callcast({
      url: window.location.origin,
      // The session's cookie says who asks.
      apiKey: '',
      fetch: sessionFetch(session, () => onLeft(true)),
    });
    const leave = async (everywhere: boolean): Promise<void> => {
      await signOut(session, everywhere);
      onLeft(false);
    };
    return { session, callcast, leave };
  }, [session, onLeft]);
  return (
    <SignedInContext value={signedIn}>
      <SignedInPages />
    </SignedInContext>
  );
}
