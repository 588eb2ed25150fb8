import { ActionIcon, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconUserCircle } from '@tabler/icons-react';
import { useSignedIn } from '../session/use-session.ts';
import { problemText } from './problem-alert.tsx';

/** Who has signed in, and the ways out. */
export function SessionMenu() {
  const { session, leave } = useSignedIn();
  const out = (everywhere: boolean) => (): void => {
    leave(everywhere).catch((error: unknown) =>
      notifications.show({ color: 'red', title: 'Not signed out', message: problemText(error) }),
    );
  };
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Session" title="Session">
          <IconUserCircle size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" c="var(--mantine-color-text)">
            {session.allApps ? 'Operator' : `App ${session.appKey}`}
          </Text>
          <Text size="xs">
            Key {session.keyId}, scope {session.scope}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item onClick={out(false)}>Sign out</Menu.Item>
        <Menu.Item onClick={out(true)}>Sign out everywhere</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
