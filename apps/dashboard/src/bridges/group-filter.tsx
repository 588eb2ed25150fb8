import { Group, Text, UnstyledButton } from '@mantine/core';
import { StatusDot } from '../words/status-dot.tsx';
import { CALL_GROUPS, GROUP_WORDS } from './call-groups.ts';
import type { CallGroup } from './call-groups.ts';
import classes from './bridges.module.css';

interface GroupFilterProps {
  readonly counts: Readonly<Record<CallGroup, number>>;
  readonly chosen: CallGroup | undefined;
  readonly onChoose: (group: CallGroup | undefined) => void;
}

/** How many calls there are of each kind; one of them can be looked at alone. */
export function GroupFilter({ counts, chosen, onChoose }: GroupFilterProps) {
  const all = CALL_GROUPS.reduce((sum, group) => sum + counts[group], 0);
  return (
    <Group className={classes.tiles} role="group" aria-label="Show">
      <Tile
        text="All"
        count={all}
        isChosen={chosen === undefined}
        onClick={() => onChoose(undefined)}
      />
      {CALL_GROUPS.map((group) => (
        <Tile
          key={group}
          {...GROUP_WORDS[group]}
          count={counts[group]}
          isChosen={chosen === group}
          onClick={() => onChoose(chosen === group ? undefined : group)}
        />
      ))}
    </Group>
  );
}

interface TileProps {
  readonly text: string;
  readonly color?: string;
  readonly count: number;
  readonly isChosen: boolean;
  readonly onClick: () => void;
}

function Tile({ text, color, count, isChosen, onClick }: TileProps) {
  return (
    <UnstyledButton className={classes.tile} aria-pressed={isChosen} onClick={onClick}>
      <Text span className="figures" fw={600} size="lg">
        {count}
      </Text>
      <Text span size="sm" className={classes.tileText}>
        {color !== undefined && <StatusDot color={color} />}
        {text}
      </Text>
    </UnstyledButton>
  );
}
