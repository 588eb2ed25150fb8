import { Badge, Button, Loader, Stack, Table, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { getRouteApi } from '@tanstack/react-router';
import type { Call } from '#sdk';
import { useBoard, useStatsOf } from '../live/use-live.ts';
import { useCallcast, useMay } from '../session/use-session.ts';
import { ProblemAlert, problemText } from '../shell/problem-alert.tsx';
import { PageTitle } from '../shell/shell.tsx';
import type { BridgesSearch } from './bridges-search.ts';

const route = getRouteApi('/calls');

/** All calls that are under way, and those that ended lately. */
export function BridgesPage() {
  const { calls, isLoaded, problem } = useBoard();
  const { q = '' }: BridgesSearch = route.useSearch();
  const navigate = route.useNavigate();
  const shown = calls.filter(({ id, to }) => id.includes(q) || to.includes(q));
  return (
    <Stack>
      <PageTitle>Bridges</PageTitle>
      {problem !== null && <ProblemAlert title="The calls cannot be read" error={problem} />}
      <TextInput
        label="Search"
        value={q}
        onChange={(event) => {
          const { value } = event.currentTarget;
          void navigate({ search: value === '' ? {} : { q: value }, replace: true });
        }}
      />
      {!isLoaded && <Loader aria-label="Loading" />}
      <Table>
        <Table.Tbody>
          {shown.slice(0, 100).map((call) => (
            <Row key={call.id} call={call} />
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

function Row({ call: { id, state, to } }: { readonly call: Call }) {
  const stats = useStatsOf(id);
  const callcast = useCallcast();
  const mayHangUp = useMay('write') && state !== 'ended';
  const hangUp = (): void => {
    callcast.calls.hangUp(id).catch((error: unknown) => {
      notifications.show({ color: 'red', title: 'Not hung up', message: problemText(error) });
    });
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Badge>{state}</Badge>
      </Table.Td>
      <Table.Td>{to}</Table.Td>
      <Table.Td className="figures">{stats?.audio.levelDbfs.toFixed(0) ?? ''}</Table.Td>
      <Table.Td>{mayHangUp && <Button onClick={hangUp}>Hang up</Button>}</Table.Td>
    </Table.Tr>
  );
}
