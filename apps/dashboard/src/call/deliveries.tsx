import { Anchor, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Delivery } from '#sdk';
import { useCallcast } from '../session/use-session.ts';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { DELIVERY_STATES } from '../words/call-states.ts';
import { Countdown, Moment } from '../words/moments.tsx';
import { StateBadge } from '../words/state-badge.tsx';
import { Section } from '../shell/section.tsx';

const PAGE = 20;
/** Attempts are no events of the call: what waits is asked for again. */
const WAITING_MS = 5_000;

/** What the hooks of the app were told of this call. */
export function Deliveries({ callId }: { readonly callId: string }) {
  const { calls } = useCallcast();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    {
      // Read again with the call, whenever something happens to it.
      queryKey: ['call', callId, 'deliveries'],
      initialPageParam: undefined as string | undefined,
      queryFn: ({ pageParam, signal }) =>
        calls.deliveries(callId, { limit: PAGE, cursor: pageParam }, { signal }).page(),
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
      refetchInterval: ({ state }) =>
        state.data?.pages.some(({ items }) => items.some(isWaiting)) === true ? WAITING_MS : false,
    },
  );
  const deliveries = data?.pages.flatMap(({ items }) => items);
  return (
    <Section title="Hook deliveries">
      {error !== null && (
        <ProblemAlert
          title="The deliveries cannot be read"
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {deliveries === undefined && error === null && <Skeleton height={60} />}
      {deliveries?.length === 0 && (
        <Text size="sm">No hook was told of this call, or it is forgotten by now.</Text>
      )}
      <Stack gap="xs" component="ul" m={0} p={0} className="plain-list">
        {deliveries?.map((delivery) => (
          <Row key={delivery.id} delivery={delivery} />
        ))}
      </Stack>
      {hasNextPage && (
        <Button
          size="xs"
          variant="default"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Show older deliveries
        </Button>
      )}
    </Section>
  );
}

const isWaiting = ({ state }: Delivery): boolean => state === 'pending';

function Row({ delivery }: { readonly delivery: Delivery }) {
  const { hookId, type, seq, path, state, attempts, nextAt, settledAt } = delivery;
  return (
    <li>
      <Group gap="xs" wrap="wrap">
        <StateBadge words={DELIVERY_STATES[state]} size="sm" />
        <Text size="sm" fw={500} className="anywhere">
          {type} {path}
        </Text>
      </Group>
      <Text size="xs" className="figures anywhere">
        Event {seq} · {attempts === 1 ? '1 attempt' : `${attempts} attempts`} ·{' '}
        {settledAt !== null && <Moment at={settledAt} />}
        {settledAt === null && nextAt !== null && (
          <>
            next <Countdown to={nextAt} />
          </>
        )}{' '}
        ·{' '}
        <Anchor component={Link} to={`/hooks/${hookId}`} underline="always" size="xs">
          {hookId}
        </Anchor>
      </Text>
    </li>
  );
}
