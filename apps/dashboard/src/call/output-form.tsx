import { Button, Modal, PasswordInput, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { Call, OutputRequest } from '#sdk';
import { useCallcast } from '../session/use-session.ts';
import { useAction } from './use-action.ts';

/** Adds an output while the call lives. */
export function OutputForm({ call }: { readonly call: Call }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={open}
      >
        Add output
      </Button>
      <Modal opened={isOpen} onClose={close} title="Add an output" centered>
        <Fields call={call} onAdded={close} />
      </Modal>
    </>
  );
}

interface Target {
  readonly url: string;
  readonly streamKey: string;
}

type Mode = NonNullable<NonNullable<OutputRequest['backup']>['mode']>;

const NOWHERE: Target = { url: '', streamKey: '' };
const MODES: readonly { readonly value: Mode; readonly label: string }[] = [
  { value: 'hot', label: 'Hot: on air all the time' },
  { value: 'standby', label: 'Standby: steps in when the first one is away' },
];

const targetOf = ({ url, streamKey }: Target): Target | { readonly url: string } =>
  streamKey === '' ? { url: url.trim() } : { url: url.trim(), streamKey };

interface FieldsProps {
  readonly call: Call;
  readonly onAdded: () => void;
}

function Fields({ call, onAdded }: FieldsProps) {
  const { calls } = useCallcast();
  const [primary, setPrimary] = useState(NOWHERE);
  const [backup, setBackup] = useState<Target>();
  const [mode, setMode] = useState<Mode>('hot');
  const { isBusy, run } = useAction(
    call.id,
    (output: OutputRequest) => calls.addOutput(call.id, output),
    { failure: 'Not added', success: 'The output was added.' },
  );
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const second = backup === undefined ? {} : { backup: { ...targetOf(backup), mode } };
    run({ ...targetOf(primary), ...second }, onAdded);
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack>
        <TargetFields name="Address" target={primary} onChange={setPrimary} />
        <Switch
          label="With a backup server"
          checked={backup !== undefined}
          onChange={(event) => setBackup(event.currentTarget.checked ? NOWHERE : undefined)}
        />
        {backup !== undefined && (
          <>
            <TargetFields name="Backup address" target={backup} onChange={setBackup} />
            <Select
              label="Backup is"
              allowDeselect={false}
              data={MODES}
              value={mode}
              onChange={(value) => setMode(value === 'standby' ? value : 'hot')}
            />
          </>
        )}
        <Button type="submit" loading={isBusy} disabled={primary.url.trim() === ''}>
          Add
        </Button>
      </Stack>
    </form>
  );
}

interface TargetFieldsProps {
  readonly name: string;
  readonly target: Target;
  readonly onChange: (target: Target) => void;
}

function TargetFields({ name, target, onChange }: TargetFieldsProps) {
  const isFirst = name === 'Address';
  return (
    <>
      <TextInput
        label={name}
        description="rtmp://server/application, rtmps://…, or file:NAME for a recording"
        placeholder="rtmp://live.example.com/live"
        required
        data-autofocus={isFirst}
        value={target.url}
        onChange={(event) => onChange({ ...target, url: event.currentTarget.value })}
      />
      <PasswordInput
        label={isFirst ? 'Stream key' : 'Backup stream key'}
        description="Leave it empty where the address ends in it"
        autoComplete="off"
        value={target.streamKey}
        onChange={(event) => onChange({ ...target, streamKey: event.currentTarget.value })}
      />
    </>
  );
}
