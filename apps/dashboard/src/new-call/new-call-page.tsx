import {
  Button,
  Group,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconPhonePlus, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { CallcastError } from '#sdk';
import type { FieldError } from '#sdk';
import { Section } from '../shell/section.tsx';
import { useCallcast, useMay } from '../session/use-session.ts';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { PageTitle } from '../shell/shell.tsx';
import { EMPTY_DRAFT, EMPTY_OUTPUT, bodyOf, errorAt, isComplete } from './call-draft.ts';
import type { CallDraft, OutputDraft } from './call-draft.ts';
import { OutputFields } from './output-fields.tsx';

const MOST_OUTPUTS = 16;

/** Places a call. */
export function NewCallPage() {
  const mayWrite = useMay('write');
  return (
    <Stack maw={860}>
      <PageTitle>New call</PageTitle>
      {mayWrite ? <Form /> : <Text>Your key may look at calls, but not place them.</Text>}
    </Stack>
  );
}

function Form() {
  const { calls } = useCallcast();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  // The same form places one call, however often it is sent; another form is another call.
  const [attempt, setAttempt] = useState(newKey);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => calls.create(bodyOf(draft), { idempotencyKey: attempt }),
    onSuccess: ({ id }) => void navigate({ to: '/calls/$callId', params: { callId: id } }),
  });
  const errors = error instanceof CallcastError ? error.details : [];
  const change = (changed: Partial<CallDraft>): void => {
    setDraft({ ...draft, ...changed });
    setAttempt(newKey());
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!isPending) mutate();
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack>
        {error !== null && <ProblemAlert title="The call was not placed" error={error} />}
        <Callee draft={draft} errors={errors} onChange={change} />
        <Outputs draft={draft} errors={errors} onChange={change} />
        <Group justify="flex-end">
          <Button
            type="submit"
            size="md"
            loading={isPending}
            disabled={!isComplete(draft)}
            leftSection={<IconPhonePlus size={18} aria-hidden />}
          >
            Place the call
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** As the SDK makes its own. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

interface PartProps {
  readonly draft: CallDraft;
  readonly errors: readonly FieldError[];
  readonly onChange: (changed: Partial<CallDraft>) => void;
}

function Callee({ draft, errors, onChange }: PartProps) {
  const { trunks } = useCallcast();
  const { data } = useQuery({ queryKey: ['trunks'], queryFn: () => trunks.list().page() });
  const names = data?.items.filter(({ enabled }) => enabled).map(({ name }) => name) ?? [];
  const text = (name: 'to' | 'callId' | 'username' | 'dtmf', path: string) => ({
    value: draft[name],
    error: errorAt(errors, path),
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ [name]: event.currentTarget.value }),
  });
  return (
    <Section title="Who is called">
      <TextInput
        label="SIP address"
        placeholder="sip:room@sip.example.com"
        description={draft.trunk === '' ? undefined : 'Through a trunk a bare number is enough.'}
        required
        data-autofocus
        {...text('to', 'to')}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {names.length > 0 && (
          <Select
            label="Trunk"
            placeholder="None: dialled directly"
            clearable
            data={names}
            value={draft.trunk === '' ? null : draft.trunk}
            error={errorAt(errors, 'trunk')}
            onChange={(trunk) => onChange({ trunk: trunk ?? '', username: '', password: '' })}
          />
        )}
        <TextInput
          label="Your name for the call"
          description="Unique among live calls; may be left out"
          {...text('callId', 'callId')}
        />
        <TextInput
          label="Keys after the answer"
          description="Such as a PIN; w is a pause of half a second"
          {...text('dtmf', 'dtmf')}
        />
      </SimpleGrid>
      {draft.trunk === '' && (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="User"
            description="If the callee asks for a login"
            {...text('username', 'auth.username')}
          />
          <PasswordInput
            label="Password"
            description="Shown to nobody again"
            autoComplete="new-password"
            value={draft.password}
            error={errorAt(errors, 'auth.password')}
            onChange={(event) => onChange({ password: event.currentTarget.value })}
          />
        </SimpleGrid>
      )}
    </Section>
  );
}

function Outputs({ draft: { outputs }, errors, onChange }: PartProps) {
  const replace = (serial: number, changed: OutputDraft | undefined): void => {
    const others = outputs.flatMap((output) => {
      if (output.serial !== serial) return [output];
      return changed === undefined ? [] : [changed];
    });
    onChange({ outputs: others });
  };
  const add = (): void => {
    const serial = 1 + Math.max(...outputs.map((output) => output.serial));
    onChange({ outputs: [...outputs, { ...EMPTY_OUTPUT, serial }] });
  };
  return (
    <Section title="Where it goes on air">
      {outputs.map((output, index) => (
        <OutputFields
          key={output.serial}
          output={output}
          place={outputs.length === 1 ? '' : ` ${index + 1}`}
          errorOf={(field) => errorAt(errors, `outputs.${index}.${field}`)}
          onChange={(changed) => replace(output.serial, changed)}
          onRemove={outputs.length === 1 ? undefined : () => replace(output.serial, undefined)}
        />
      ))}
      <Group>
        <Button
          variant="default"
          size="xs"
          disabled={outputs.length >= MOST_OUTPUTS}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={add}
        >
          Another output
        </Button>
      </Group>
    </Section>
  );
}
