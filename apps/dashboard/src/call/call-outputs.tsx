import { Badge, Button, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Call, Output } from '#sdk';
import { useStatsOf } from '../live/use-live.ts';
import { useCallcast, useMay } from '../session/use-session.ts';
import { ConfirmButton } from '../shell/confirm-button.tsx';
import { bytesText } from '../words/amounts.ts';
import { OUTPUT_STATES, targetHost } from '../words/call-states.ts';
import { Countdown } from '../words/moments.tsx';
import { StateBadge } from '../words/state-badge.tsx';
import { durationText } from '../words/times.ts';
import { faultText } from '../words/verdicts.ts';
import { OutputForm } from './output-form.tsx';
import { Section } from '../shell/section.tsx';
import { useAction } from './use-action.ts';

const isOver = ({ state }: Output): boolean => state === 'closed' || state === 'failed';

const liveFirst = (one: Output, other: Output): number =>
  Number(isOver(one)) - Number(isOver(other));

/** Where a call goes on air. */
export function CallOutputs({ call }: { readonly call: Call }) {
  const mayAct = useMay('write') && call.state !== 'ended' && call.state !== 'ending';
  return (
    <Section title="Outputs" aside={mayAct && <OutputForm call={call} />}>
      {call.outputs.length === 0 && (
        <Text size="sm">The call has no outputs: it is heard by nobody but who listens in.</Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 1, xl: 2 }} spacing="sm">
        {[...call.outputs].sort(liveFirst).map((output) => (
          <OutputCard key={output.id} call={call} output={output} mayAct={mayAct} />
        ))}
      </SimpleGrid>
    </Section>
  );
}

interface OutputCardProps {
  readonly call: Call;
  readonly output: Output;
  readonly mayAct: boolean;
}

function OutputCard({ call, output, mayAct }: OutputCardProps) {
  const host = targetHost(output.url);
  return (
    <Paper withBorder p="sm" component="article" aria-label={`Output ${host}`}>
      <Stack gap={6}>
        <Group gap="xs" justify="space-between">
          <StateBadge words={OUTPUT_STATES[output.state]} />
          {output.role === 'backup' && (
            <Badge variant="default" tt="none" fw={500}>
              Backup
            </Badge>
          )}
        </Group>
        <Text fw={600} className="anywhere">
          {host}
        </Text>
        <Text size="xs" c="dimmed" className="anywhere">
          {output.url} {output.streamKey}
        </Text>
        <Text size="sm" className="figures">
          {attemptsText(output)}
          {output.state === 'retrying' && output.nextRetryAt !== null && (
            <>
              {' · tried again '}
              <Countdown to={output.nextRetryAt} />
            </>
          )}
        </Text>
        {output.error !== null && (
          <Text size="sm" className="anywhere">
            {faultText(output.error)}
          </Text>
        )}
        {call.state !== 'ended' && <Sent callId={call.id} outputId={output.id} />}
        {mayAct && !isOver(output) && (
          <Group gap="xs">
            {output.state === 'retrying' && <RetryNow call={call} output={output} />}
            <Remove call={call} output={output} />
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

const attemptsText = ({ attempts, audioCodec }: Output): string =>
  [
    attempts === 1 ? '1 attempt' : `${attempts} attempts`,
    ...(audioCodec === null ? [] : [audioCodec === 'aac' ? 'AAC' : 'Opus']),
  ].join(' · ');

interface SentProps {
  readonly callId: string;
  readonly outputId: string;
}

/** What has gone out so far, live. */
function Sent({ callId, outputId }: SentProps) {
  const stats = useStatsOf(callId)?.outputs.find(({ id }) => id === outputId);
  // Its place is kept: the first figures move nothing.
  if (stats === undefined) return <Text size="sm">&nbsp;</Text>;
  const dropped = stats.droppedTags === 0 ? '' : ` · ${stats.droppedTags} dropped`;
  return (
    <Text size="sm" className="figures">
      {bytesText(stats.bytes)} sent · {durationText(stats.queuedMs)} queued{dropped}
    </Text>
  );
}

function RetryNow({ call, output }: Pick<OutputCardProps, 'call' | 'output'>) {
  const { calls } = useCallcast();
  const { isBusy, run } = useAction(call.id, () => calls.retryOutput(call.id, output.id), {
    failure: 'Not tried again',
  });
  return (
    <Button
      size="xs"
      variant="default"
      loading={isBusy}
      aria-label={`Retry now: ${targetHost(output.url)}`}
      onClick={() => run()}
    >
      Retry now
    </Button>
  );
}

function Remove({ call, output }: Pick<OutputCardProps, 'call' | 'output'>) {
  const { calls } = useCallcast();
  const host = targetHost(output.url);
  const { isBusy, run } = useAction(call.id, () => calls.removeOutput(call.id, output.id), {
    failure: 'Not removed',
  });
  return (
    <ConfirmButton
      size="xs"
      loading={isBusy}
      label={`Remove: ${host}`}
      question="Remove this output?"
      consequence={`${host} is told the end of the stream. The call and its other outputs go on.`}
      onConfirm={() => run()}
    >
      Remove
    </ConfirmButton>
  );
}
