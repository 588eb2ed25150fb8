import { Alert, Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconPhonePlus, IconSearch } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import type { Call } from '#sdk';
import { useBoard } from '../live/use-live.ts';
import { useMay } from '../session/use-session.ts';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { PageTitle } from '../shell/shell.tsx';
import { searchCalls } from './bridges-search.ts';
import type { BridgesSearch } from './bridges-search.ts';
import { CallTable } from './call-table.tsx';
import { countGroups } from './call-groups.ts';
import { GroupFilter } from './group-filter.tsx';
import { HangUpMany } from './hang-up-many.tsx';

const route = getRouteApi('/calls');
const SKELETON_ROWS = 8;

/** All calls that are under way, and those that ended lately. */
export function BridgesPage() {
  const { calls, isLoaded, problem } = useBoard();
  const search: BridgesSearch = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('write');
  const counts = useMemo(() => countGroups(calls), [calls]);
  const { group, q = '' } = search;
  // Typing comes before the table.
  const wanted = useDeferredValue(q);
  const shown = useMemo(
    () => searchCalls(calls, { ...(group === undefined ? {} : { group }), q: wanted }),
    [calls, group, wanted],
  );
  const look = useCallback(
    (change: { readonly [K in keyof BridgesSearch]?: BridgesSearch[K] | undefined }): void => {
      const next = { ...search, ...change };
      const { group: toGroup, q: toText = '' } = next;
      void navigate({
        search: {
          ...(toGroup === undefined ? {} : { group: toGroup }),
          ...(toText === '' ? {} : { q: toText }),
        },
        replace: true,
      });
    },
    [search, navigate],
  );
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <PageTitle>Bridges</PageTitle>
        {mayWrite && (
          <Button
            component={Link}
            to="/calls/new"
            leftSection={<IconPhonePlus size={18} aria-hidden />}
          >
            New call
          </Button>
        )}
      </Group>
      {problem !== null && (
        <ProblemAlert title="The calls cannot be read; it is tried again" error={problem} />
      )}
      <GroupFilter counts={counts} chosen={group} onChoose={(chosen) => look({ group: chosen })} />
      <TextInput
        aria-label="Search calls"
        placeholder="Search by address, id, app, node, trunk or server"
        leftSection={<IconSearch size={16} aria-hidden />}
        type="search"
        value={q}
        onChange={(event) => look({ q: event.currentTarget.value })}
      />
      {isLoaded ? (
        <Found calls={shown} isAll={shown === calls} mayWrite={mayWrite} />
      ) : (
        <Stack gap="xs" aria-busy="true" aria-label="Loading calls">
          {Array.from({ length: SKELETON_ROWS }, (_, row) => (
            <Skeleton key={row} height={40} />
          ))}
        </Stack>
      )}
    </Stack>
  );
}

interface FoundProps {
  readonly calls: readonly Call[];
  /** Whether nothing was left out by the search. */
  readonly isAll: boolean;
  readonly mayWrite: boolean;
}

function Found({ calls, isAll, mayWrite }: FoundProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const clear = useCallback(() => setChosen(new Set()), []);
  if (calls.length === 0)
    return isAll ? <NoCalls mayWrite={mayWrite} /> : <Alert>No call fits.</Alert>;
  // What has ended meanwhile, or is not shown, is not hung up.
  const picked = calls.filter(({ id, state }) => chosen.has(id) && state !== 'ended');
  return (
    <>
      {mayWrite && <HangUpMany calls={picked} onDone={clear} />}
      <CallTable calls={calls} chosen={chosen} onChoose={mayWrite ? setChosen : undefined} />
    </>
  );
}

function NoCalls({ mayWrite }: { readonly mayWrite: boolean }) {
  return (
    <Stack align="center" py="xl" gap="xs">
      <Text fw={600}>No calls yet</Text>
      <Text c="dimmed" ta="center">
        Calls show up here as soon as they are placed, by this page or over the API.
      </Text>
      {mayWrite && (
        <Button component={Link} to="/calls/new" mt="xs">
          Place the first call
        </Button>
      )}
    </Stack>
  );
}
