import { Anchor, Checkbox, Text, Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { Call, Output } from '#sdk';
import { useStatsOf } from '../live/use-live.ts';
import { levelText, percentText } from '../words/amounts.ts';
import { OUTPUT_STATES, callWords, targetHost } from '../words/call-states.ts';
import { Age } from '../words/moments.tsx';
import { StateBadge } from '../words/state-badge.tsx';
import { StatusDot } from '../words/status-dot.tsx';
import { verdictText } from '../words/verdicts.ts';
import classes from './bridges.module.css';
import { groupOf, GROUP_WORDS } from './call-groups.ts';

interface CallRowProps {
  readonly call: Call;
  readonly index: number;
  readonly topPx: number;
  readonly isChosen: boolean;
  readonly onChoose: ((id: string, isChosen: boolean) => void) | undefined;
}

/** One call in one line. */
export const CallRow = memo(function CallRow({
  call,
  index,
  topPx,
  isChosen,
  onChoose,
}: CallRowProps) {
  const { id, to, callId, appKey, node, createdAt, endedAt, state, verdict, outputs } = call;
  const isOver = state === 'ended';
  return (
    <div
      className={classes.row}
      role="row"
      aria-rowindex={index + 2}
      data-call={id}
      data-chosen={isChosen || undefined}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      <div role="cell" className={classes.choose}>
        {onChoose !== undefined && !isOver && (
          <Checkbox
            size="xs"
            aria-label={`Choose ${to}`}
            checked={isChosen}
            onChange={(event) => onChoose(id, event.currentTarget.checked)}
          />
        )}
      </div>
      <div role="cell" className={classes.state}>
        <StateBadge
          words={groupOf(call) === 'retrying' ? GROUP_WORDS.retrying : callWords(call)}
          size="sm"
        />
      </div>
      <div role="cell" className={`${classes.cell ?? ''} ${classes.to ?? ''}`}>
        <Anchor component={Link} to={`/calls/${id}`} size="sm" title={to}>
          {to}
        </Anchor>
        <Text size="xs" c="dimmed" truncate>
          {verdict === null ? (callId === id ? id : callId) : verdictText(verdict)}
        </Text>
      </div>
      <div role="cell" className={`${classes.cell ?? ''} ${classes.app ?? ''}`}>
        <Text size="sm" truncate>
          {appKey}
        </Text>
        <Text size="xs" c="dimmed" truncate title={node ?? ''}>
          {node ?? ''}
        </Text>
      </div>
      <div role="cell" className={`figures ${classes.age ?? ''}`}>
        <Text size="sm">
          <Age since={createdAt} until={endedAt} />
        </Text>
      </div>
      <Sound id={id} isOver={isOver} />
      <div role="cell" className={classes.outputs}>
        {outputs.map((output) => (
          <OutputDot key={output.id} output={output} />
        ))}
      </div>
    </div>
  );
});

const FLOOR_DBFS = -60;
const LOUD_DBFS = -3;
const SILENT_DBFS = -50;

function Sound({ id, isOver }: { readonly id: string; readonly isOver: boolean }) {
  const audio = useStatsOf(id)?.audio;
  if (isOver || audio === undefined) {
    return (
      <>
        <div role="cell" className={classes.levelCell} />
        <div role="cell" className={classes.loss} />
      </>
    );
  }
  const { levelDbfs, lost, packets } = audio;
  const share = Math.min(1, Math.max(0, 1 - levelDbfs / FLOOR_DBFS));
  const color = levelDbfs > LOUD_DBFS ? 'red' : levelDbfs < SILENT_DBFS ? 'gray' : 'green';
  const expected = packets + Math.max(0, lost);
  return (
    <>
      <div role="cell" className={classes.levelCell}>
        <div
          className={classes.meter}
          role="img"
          aria-label={levelText(levelDbfs)}
          title={levelText(levelDbfs)}
        >
          <div
            className={classes.level}
            data-color={color}
            style={{ transform: `scaleX(${share})` }}
          />
        </div>
      </div>
      <div role="cell" className={`figures ${classes.loss ?? ''}`}>
        <Text size="sm">
          {percentText(expected === 0 ? 0 : (100 * Math.max(0, lost)) / expected)}
        </Text>
      </div>
    </>
  );
}

function OutputDot({ output: { url, state, error } }: { readonly output: Output }) {
  const { text, color } = OUTPUT_STATES[state];
  const host = targetHost(url);
  return (
    <Tooltip
      label={`${host}: ${text}${error === null ? '' : ` (${error.detail})`}`}
      events={{ hover: true, focus: false, touch: true }}
    >
      <span className={classes.output}>
        <StatusDot color={color} label={text} />
        <Text span size="sm" truncate>
          {host}
        </Text>
      </span>
    </Tooltip>
  );
}
