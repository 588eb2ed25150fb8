import { Alert, Button, Stack } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { problemText } from './problem-alert.tsx';

/** In the place of a page that could not be shown. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <Alert color="red" title="This page could not be shown">
      <Stack align="flex-start">
        {problemText(error)}
        <Button onClick={reset}>Try again</Button>
      </Stack>
    </Alert>
  );
}
