import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { problemText } from '../shell/problem-alert.tsx';

interface ActionWords {
  /** Heading of the notification when it fails. */
  readonly failure: string;
  /** What is said when it is done; nothing where the page shows it anyway. */
  readonly success?: string;
}

interface Action<T> {
  readonly isBusy: boolean;
  readonly run: (argument: T, onDone?: () => void) => void;
}

/** Something that is done to a call. Failures are told in the words of the API. */
export function useAction<T = void>(
  callId: string,
  act: (argument: T) => Promise<unknown>,
  { failure, success }: ActionWords,
): Action<T> {
  const queryClient = useQueryClient();
  const { isPending, mutate } = useMutation({
    mutationFn: act,
    onSuccess: () => {
      if (success !== undefined) notifications.show({ color: 'green', message: success });
    },
    onError: (error) => {
      notifications.show({ color: 'red', title: failure, message: problemText(error) });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['call', callId] }),
  });
  return {
    isBusy: isPending,
    run: (argument, onDone) =>
      mutate(argument, onDone === undefined ? {} : { onSuccess: () => onDone() }),
  };
}
