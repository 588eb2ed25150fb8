import { Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Call } from '#sdk';
import { useCallcast } from '../session/use-session.ts';
import { problemText } from '../shell/problem-alert.tsx';
import { hangUpAll } from './hang-up-all.ts';

const SHOWN = 5;

interface HangUpManyProps {
  readonly calls: readonly Call[];
  readonly onDone: () => void;
}

/** Ends all calls that were chosen, after a question. */
export function HangUpMany({ calls, onDone }: HangUpManyProps) {
  const callcast = useCallcast();
  const [isAsking, setAsking] = useState(false);
  const [done, setDone] = useState<{ readonly count: number; readonly of: number }>();
  const count = calls.length;
  const go = async (): Promise<void> => {
    setDone({ count: 0, of: count });
    const failures = await hangUpAll(callcast, calls, (so) => setDone({ count: so, of: count }));
    setDone(undefined);
    setAsking(false);
    onDone();
    const [first] = failures;
    notifications.show(
      first === undefined
        ? { color: 'green', message: `${count} hung up` }
        : {
            ...{ color: 'red', title: `${failures.length} of ${count} not hung up` },
            message: problemText(first),
          },
    );
  };
  return (
    <>
      <Group gap="sm" mih={30}>
        <Button
          size="xs"
          color="red"
          variant="light"
          disabled={count === 0}
          onClick={() => setAsking(true)}
        >
          {count === 0 ? 'Hang up' : `Hang up ${count}`}
        </Button>
        <Text size="sm" c="dimmed">
          {count === 0 ? 'Choose calls to end them together.' : `${count} chosen`}
        </Text>
      </Group>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={count === 1 ? 'Hang up this call?' : `Hang up these ${count} calls?`}
        withCloseButton={done === undefined}
        closeOnClickOutside={done === undefined}
        closeOnEscape={done === undefined}
      >
        <Stack>
          <Text size="sm">They go off the air at once, and do not come back.</Text>
          <Stack gap={2}>
            {calls.slice(0, SHOWN).map(({ id, to }) => (
              <Text key={id} size="sm" truncate ff="monospace">
                {to}
              </Text>
            ))}
            {count > SHOWN && <Text size="sm">and {count - SHOWN} more</Text>}
          </Stack>
          {done !== undefined && (
            <Progress aria-label="Hung up" value={(100 * done.count) / Math.max(1, done.of)} />
          )}
          <Group justify="flex-end">
            <Button
              variant="default"
              disabled={done !== undefined}
              onClick={() => setAsking(false)}
            >
              Keep
            </Button>
            <Button color="red" loading={done !== undefined} onClick={() => void go()}>
              Hang up
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
