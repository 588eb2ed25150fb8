import { Button, Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import type { Call, Command } from '#sdk';
import { useCallcast, useMay } from '../session/use-session.ts';
import { isAnswered } from './call-actions.tsx';
import { Section } from '../shell/section.tsx';
import { useAction } from './use-action.ts';

const KEYS = ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'];
const MAX_KEYS = 64;
const NO_KEY = /[^0-9A-D*#w]/g;

/** What may be pressed, of what was typed or pasted; `w` is a pause. */
export const keysOf = (text: string): string =>
  text
    .replace(/[a-d]/g, (letter) => letter.toUpperCase())
    .replace(/W/g, 'w')
    .replace(NO_KEY, '')
    .slice(0, MAX_KEYS);

const SENT: { readonly [S in Command['state']]: string } = {
  pending: 'Wait to be sent',
  running: 'Are being sent',
  done: 'Sent',
  refused: 'Refused',
};

/** Presses keys within the call: by its buttons, or by the keyboard while one of them has the focus. */
export function DtmfPad({ call }: { readonly call: Call }) {
  const mayPress = useMay('write') && isAnswered(call);
  return mayPress ? <Pad id={call.id} /> : null;
}

function Pad({ id }: { readonly id: string }) {
  const { calls } = useCallcast();
  const [typed, setTyped] = useState('');
  const [sent, setSent] = useState('');
  const { isBusy, run } = useAction(
    id,
    async (digits: string) => {
      setSent(`${digits}: being sent…`);
      try {
        const { state } = await calls.dtmf(id, { digits });
        setSent(`${digits}: ${SENT[state].toLowerCase()}`);
      } catch (error) {
        setSent(`${digits}: not sent`);
        throw error;
      }
    },
    { failure: 'Keys were not sent' },
  );
  const press = (digits: string): void => {
    if (digits !== '' && !isBusy) run(digits);
  };
  const byKeyboard = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
    if (!ctrlKey && !metaKey && !altKey && key.length === 1 && key !== 'w') press(keysOf(key));
  };
  const send = (): void => {
    press(typed);
    setTyped('');
  };
  return (
    <Section title="Keys (DTMF)">
      <div className="keys" role="group" aria-label="Keys" onKeyDown={byKeyboard}>
        {KEYS.map((key) => (
          <Button
            key={key}
            variant="default"
            aria-disabled={isBusy}
            aria-label={`Key ${key}`}
            onClick={() => press(key)}
          >
            {key}
          </Button>
        ))}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            label="Several keys"
            description="w is a pause of half a second"
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(keysOf(event.currentTarget.value))}
          />
          <Button type="submit" loading={isBusy} disabled={typed === ''}>
            Send
          </Button>
        </Group>
      </form>
      <Text size="sm" role="status" mih="1.5em" className="figures anywhere">
        {sent}
      </Text>
    </Section>
  );
}
