import { Alert, Button, Stack, Text } from '@mantine/core';
import { CallcastError } from '#sdk';

interface ProblemAlertProps {
  readonly title: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** What went wrong, in the words of the API. */
export function ProblemAlert({ title, error, onRetry }: ProblemAlertProps) {
  return (
    <Alert color="red" title={title} role="alert">
      <Stack align="flex-start" gap="xs">
        <Text size="sm">{problemText(error)}</Text>
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** An error in one line, with the fields that do not fit. */
export function problemText(error: unknown): string {
  if (!(error instanceof CallcastError))
    return error instanceof Error ? error.message : String(error);
  const details = error.details.map(({ path, message }) => `${path}: ${message}`);
  return [error.message, ...details].join(' · ');
}
