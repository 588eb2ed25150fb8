import { ActionIcon, Code, CopyButton, Group, Paper, Stack, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { Call } from '#sdk';
import { PageTitle } from '../shell/shell.tsx';
import { callWords } from '../words/call-states.ts';
import { Age, Countdown } from '../words/moments.tsx';
import { StateBadge } from '../words/state-badge.tsx';
import { verdictText, whoMustAct } from '../words/verdicts.ts';
import { CallActions } from './call-actions.tsx';

const MUTED = { text: 'Muted', color: 'yellow' } as const;

/** What a call is, and what can be done to it. */
export function CallHeader({ call }: { readonly call: Call }) {
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start" gap="md">
        <Stack gap={6} miw={0} flex="1 1 320px">
          <Group gap="xs">
            <StateBadge words={callWords(call)} size="lg" />
            {call.muted && call.state !== 'ended' && <StateBadge words={MUTED} size="lg" />}
            <HowLong call={call} />
          </Group>
          <div className="anywhere">
            <PageTitle>{call.to}</PageTitle>
          </div>
          <Verdict call={call} />
          <Text size="sm" className="anywhere">
            App {call.appKey} · {call.node ?? 'no node'} ·{' '}
            {call.trunk === null ? 'no trunk' : `trunk ${call.trunk}`}
          </Text>
          <CopyOfId id={call.id} />
        </Stack>
        <CallActions call={call} />
      </Group>
    </Paper>
  );
}

function HowLong({
  call: { answeredAt, createdAt, endedAt, nextDialAt, state },
}: {
  readonly call: Call;
}) {
  if (state === 'queued' && nextDialAt !== null) {
    return (
      <Text size="sm" className="figures">
        dialled <Countdown to={nextDialAt} />
      </Text>
    );
  }
  const said = answeredAt === null ? (endedAt === null ? 'for' : 'after') : 'duration';
  return (
    <Text size="sm" className="figures">
      {said} <Age since={answeredAt ?? createdAt} until={endedAt} />
    </Text>
  );
}

function Verdict({ call: { verdict } }: { readonly call: Call }) {
  if (verdict === null) return null;
  const who = whoMustAct(verdict);
  return (
    <Text className="anywhere" role="status">
      {verdictText(verdict)}
      {who !== undefined && (
        <Text span c="dimmed">
          {' '}
          · To act: {who} · {verdict.code}
        </Text>
      )}
    </Text>
  );
}

function CopyOfId({ id }: { readonly id: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Code className="anywhere">{id}</Code>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy the id'}>
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={copied ? 'Copied' : 'Copy the id'}
            >
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
