import { Alert } from '@mantine/core';
import { useLineState } from '../live/use-live.ts';

/** Says that the page has lost the API. It comes back by itself. */
export function LineBanner() {
  const state = useLineState();
  return (
    <div role="status" aria-live="polite">
      {state === 'lost' && (
        <Alert color="yellow" mb="sm" p="xs" title="Connection lost">
          What you see may be out of date. The page connects again by itself, and shows then what it
          has missed.
        </Alert>
      )}
    </div>
  );
}
