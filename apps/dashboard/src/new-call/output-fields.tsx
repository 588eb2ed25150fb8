import {
  Alert,
  Button,
  Group,
  Paper,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { OutputCheck } from '#sdk';
import { useCallcast } from '../session/use-session.ts';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { targetOf } from './call-draft.ts';
import type { OutputDraft } from './call-draft.ts';
import { PLATFORMS, PLATFORM_IDS } from './platforms.ts';

interface OutputFieldsProps {
  readonly output: OutputDraft;
  /** Behind the names of its fields, where there are several outputs. */
  readonly place: string;
  readonly errorOf: (field: 'url' | 'streamKey') => string | undefined;
  readonly onChange: (output: OutputDraft) => void;
  /** Undefined for the only one. */
  readonly onRemove: (() => void) | undefined;
}

const PLATFORM_NAMES = PLATFORM_IDS.map((value) => ({ value, label: PLATFORMS[value].name }));

/** One place that the call is published to; it can be tried before the show. */
export function OutputFields({ output, place, errorOf, onChange, onRemove }: OutputFieldsProps) {
  const { outputs } = useCallcast();
  const { mutate, data, error, isPending, reset } = useMutation({
    mutationFn: () => outputs.check(targetOf(output)),
  });
  const change = (changed: Partial<OutputDraft>): void => {
    reset();
    onChange({ ...output, ...changed });
  };
  const choose = (value: string | null): void => {
    const platform = PLATFORM_IDS.find((id) => id === value);
    if (platform !== undefined) change({ platform, url: PLATFORMS[platform].url });
  };
  return (
    <Paper withBorder p="sm">
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <Select
            label={`Platform${place}`}
            allowDeselect={false}
            data={PLATFORM_NAMES}
            value={output.platform}
            onChange={choose}
          />
          <TextInput
            label={`Address${place}`}
            placeholder="rtmp://live.example.com/live"
            required
            value={output.url}
            error={errorOf('url')}
            onChange={(event) => change({ url: event.currentTarget.value })}
          />
          <PasswordInput
            label={`Stream key${place}`}
            autoComplete="off"
            value={output.streamKey}
            error={errorOf('streamKey')}
            onChange={(event) => change({ streamKey: event.currentTarget.value })}
          />
        </SimpleGrid>
        <Text size="xs" c="dimmed">
          {PLATFORMS[output.platform].keyHint}
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            loading={isPending}
            disabled={output.url.trim() === ''}
            onClick={() => mutate()}
          >
            {`Try it${place}`}
          </Button>
          {onRemove !== undefined && (
            <Button size="xs" variant="subtle" color="red" onClick={onRemove}>
              {`Remove${place}`}
            </Button>
          )}
        </Group>
        {error !== null && <ProblemAlert title="It could not be tried" error={error} />}
        {data !== undefined && <Found check={data} />}
      </Stack>
    </Paper>
  );
}

function Found({ check: { ok, problem, rules } }: { readonly check: OutputCheck }) {
  return (
    <Alert
      color={ok ? 'green' : 'red'}
      role="status"
      title={ok ? 'The server takes the stream' : 'The server does not take the stream'}
    >
      <Stack gap={4}>
        {problem !== null && (
          <Text size="sm">
            {problem.detail} {problem.advice}
          </Text>
        )}
        {rules.map(({ rule, text }) => (
          <Text key={rule} size="sm">
            {text}
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}
