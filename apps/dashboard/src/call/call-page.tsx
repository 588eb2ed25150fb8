import './call-page.css';
import { Suspense, lazy } from 'react';
import { Alert, Anchor, Skeleton, Stack, Text } from '@mantine/core';
import { Link, getRouteApi } from '@tanstack/react-router';
import { CallcastError } from '#sdk';
import type { Call } from '#sdk';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { PageTitle } from '../shell/shell.tsx';
import { CallFacts } from './call-facts.tsx';
import { CallHeader } from './call-header.tsx';
import { CallOutputs } from './call-outputs.tsx';
import { CopyRequest } from './copy-request.tsx';
import { Deliveries } from './deliveries.tsx';
import { DtmfPad } from './dtmf-pad.tsx';
import { ListenIn } from './listen-in.tsx';
import { Media } from './media.tsx';
import { Timeline } from './timeline.tsx';
import { useCall } from './use-call.ts';

/** The charts come with their library. */
const LiveCharts = lazy(async () => ({ default: (await import('./live-charts.tsx')).LiveCharts }));

const route = getRouteApi('/calls/$callId');

/** One call: what it is, how it goes, and what can be done about it. */
export function CallPage() {
  const { callId } = route.useParams();
  const { data, error, refetch } = useCall(callId);
  if (data !== undefined) {
    // Another call is another page: nothing of the one before stays.
    return <CallInFull key={callId} call={data} error={error} onRetry={() => void refetch()} />;
  }
  if (error instanceof CallcastError && error.status === 404) return <NoSuchCall id={callId} />;
  return (
    <Stack>
      <PageTitle>Call</PageTitle>
      {error === null ? (
        <Stack aria-busy="true" aria-label="Loading" role="status">
          <Skeleton height={140} />
          <Skeleton height={220} />
          <Skeleton height={220} />
        </Stack>
      ) : (
        <ProblemAlert
          title="The call cannot be read"
          error={error}
          onRetry={() => void refetch()}
        />
      )}
    </Stack>
  );
}

function NoSuchCall({ id }: { readonly id: string }) {
  return (
    <Stack>
      <PageTitle>There is no such call</PageTitle>
      <Text className="anywhere">
        No call has the id {id}, or it is not yours to see. Calls that ended long ago are deleted.
      </Text>
      <Text>
        <Anchor component={Link} to="/calls" underline="always">
          Go to the calls
        </Anchor>
      </Text>
    </Stack>
  );
}

interface CallInFullProps {
  readonly call: Call;
  readonly error: unknown;
  readonly onRetry: () => void;
}

function CallInFull({ call, error, onRetry }: CallInFullProps) {
  const isLive = call.state !== 'ended';
  return (
    <Stack>
      {error !== null && (
        <ProblemAlert title="What you see may be old" error={error} onRetry={onRetry} />
      )}
      <CallHeader call={call} />
      {call.broadcast === 'interrupted' && isLive && (
        <Alert color="yellow" p="xs" title="Nothing is on air now">
          No output publishes at the moment. Each is tried again by itself.
        </Alert>
      )}
      <div className="call-page">
        <div className="call-column">
          <CallOutputs call={call} />
          {isLive ? (
            <Suspense fallback={<Skeleton height={420} />}>
              <LiveCharts call={call} />
            </Suspense>
          ) : (
            <Media call={call} />
          )}
        </div>
        <div className="call-column">
          {isLive && <ListenIn call={call} />}
          <DtmfPad call={call} />
          <CallFacts call={call} />
        </div>
      </div>
      <div className="call-page">
        <div className="call-column">
          <Timeline callId={call.id} />
          {isLive && <Media call={call} />}
        </div>
        <div className="call-column">
          <Deliveries callId={call.id} />
          <CopyRequest call={call} />
        </div>
      </div>
    </Stack>
  );
}
