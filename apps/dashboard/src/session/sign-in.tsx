import {
  Alert,
  Button,
  Center,
  Code,
  Paper,
  PasswordInput,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { SignInRefused, signIn } from './session.ts';
import type { Session } from './session.ts';

interface SignInProps {
  /** Whether a session has just ended by itself. */
  readonly isExpired: boolean;
  readonly onSignedIn: (session: Session) => void;
}

/** The way in: an API key for a session. */
export function SignIn({ isExpired, onSignedIn }: SignInProps) {
  const [apiKey, setApiKey] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    signIn(apiKey.trim())
      .then(onSignedIn, (error: unknown) =>
        setProblem(error instanceof SignInRefused ? error.message : 'The API cannot be reached.'),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={420}>
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h2">
              Callcast
            </Title>
            {isExpired && (
              <Alert color="yellow">The session has ended. Please sign in again.</Alert>
            )}
            <PasswordInput
              label="API key"
              description="It is exchanged for a session of this browser and kept nowhere."
              autoComplete="current-password"
              required
              autoFocus
              error={problem}
              value={apiKey}
              onChange={(event) => setApiKey(event.currentTarget.value)}
            />
            <Button type="submit" loading={isBusy} disabled={apiKey.trim() === ''}>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              The first key is the setting <Code>CALLCAST_API_KEY</Code>; others are made under
              “Apps and keys”.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
