import { Button, Group } from '@mantine/core';
import {
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOff,
  IconPlayerPause,
  IconPlayerPlay,
} from '@tabler/icons-react';
import type { Call } from '#sdk';
import { useCallcast, useMay } from '../session/use-session.ts';
import { ConfirmButton } from '../shell/confirm-button.tsx';
import { useAction } from './use-action.ts';

const ICON = { size: 16, 'aria-hidden': true } as const;

/** Whether the callee has answered: what is said about its sound then counts. */
export const isAnswered = ({ state }: Call): boolean => state === 'up' || state === 'held';

/** What can be done to a call that lives, by who may. */
export function CallActions({ call }: { readonly call: Call }) {
  const mayAct = useMay('write') && call.state !== 'ended' && call.state !== 'ending';
  if (!mayAct) return null;
  return (
    <Group gap="xs" role="group" aria-label="Actions">
      {isAnswered(call) && <Hold call={call} />}
      <Mute call={call} />
      <HangUp call={call} />
    </Group>
  );
}

function Mute({ call: { id, muted } }: { readonly call: Call }) {
  const { calls } = useCallcast();
  const { isBusy, run } = useAction(id, () => (muted ? calls.unmute(id) : calls.mute(id)), {
    failure: muted ? 'Not unmuted' : 'Not muted',
  });
  return (
    <Button
      variant="default"
      loading={isBusy}
      onClick={() => run()}
      leftSection={muted ? <IconMicrophone {...ICON} /> : <IconMicrophoneOff {...ICON} />}
    >
      {muted ? 'Unmute' : 'Mute'}
    </Button>
  );
}

function Hold({ call: { id, heldBy } }: { readonly call: Call }) {
  const { calls } = useCallcast();
  const isOurs = heldBy === 'us' || heldBy === 'both';
  const { isBusy, run } = useAction(id, () => (isOurs ? calls.resume(id) : calls.hold(id)), {
    failure: isOurs ? 'Not resumed' : 'Not put on hold',
  });
  return (
    <Button
      variant="default"
      loading={isBusy}
      onClick={() => run()}
      leftSection={isOurs ? <IconPlayerPlay {...ICON} /> : <IconPlayerPause {...ICON} />}
    >
      {isOurs ? 'Resume' : 'Hold'}
    </Button>
  );
}

function HangUp({ call: { id, to } }: { readonly call: Call }) {
  const { calls } = useCallcast();
  const { isBusy, run } = useAction(id, () => calls.hangUp(id), { failure: 'Not hung up' });
  return (
    <ConfirmButton
      variant="filled"
      loading={isBusy}
      leftSection={<IconPhoneOff {...ICON} />}
      question="Hang up this call?"
      consequence={`The call to ${to} ends, and with it the broadcast at all its outputs.`}
      onConfirm={() => run()}
    >
      Hang up
    </ConfirmButton>
  );
}
