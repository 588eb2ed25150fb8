import { Checkbox } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { Call } from '#sdk';
import classes from './bridges.module.css';
import { CallRow } from './call-row.tsx';

const WIDE_ROW_PX = 48;
const NARROW_ROW_PX = 76;
const HEAD_PX = 36;
const OVERSCAN_ROWS = 12;
const NARROW = '(max-width: 62em)';

interface CallTableProps {
  readonly calls: readonly Call[];
  readonly chosen: ReadonlySet<string>;
  /** Undefined for those who may not do anything with what they choose. */
  readonly onChoose: ((chosen: ReadonlySet<string>) => void) | undefined;
}

/** Ten thousand calls as a table; only the rows that can be seen are there. */
export function CallTable({ calls, chosen, onChoose }: CallTableProps) {
  const frame = useRef<HTMLDivElement>(null);
  const isNarrow = useMediaQuery(NARROW);
  const rowPx = isNarrow ? NARROW_ROW_PX : WIDE_ROW_PX;
  // eslint-disable-next-line react-hooks/incompatible-library -- it redraws this component when it scrolls, which is meant.
  const rows = useVirtualizer({
    count: calls.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN_ROWS,
    scrollMargin: isNarrow ? 0 : HEAD_PX,
    getItemKey: (index) => calls[index]?.id ?? index,
  });
  useLayoutEffect(() => rows.measure(), [rows, rowPx]);
  useStill({ frame, calls, rowPx });
  const choose = useCallback(
    (id: string, isChosen: boolean): void => {
      const next = new Set(chosen);
      if (isChosen) next.add(id);
      else next.delete(id);
      onChoose?.(next);
    },
    [chosen, onChoose],
  );
  return (
    <div
      ref={frame}
      className={classes.frame}
      role="table"
      aria-label="Calls"
      aria-rowcount={calls.length + 1}
      tabIndex={0}
      data-choose={onChoose !== undefined || undefined}
    >
      <Head calls={calls} chosen={chosen} onChoose={onChoose} />
      <div className={classes.rows} role="rowgroup" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const call = calls[index];
          return (
            call !== undefined && (
              <CallRow
                key={key}
                call={call}
                index={index}
                topPx={start - rows.options.scrollMargin}
                isChosen={chosen.has(call.id)}
                onChoose={onChoose && choose}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

function Head({ calls, chosen, onChoose }: CallTableProps) {
  const live = calls.filter(({ state }) => state !== 'ended');
  const count = live.filter(({ id }) => chosen.has(id)).length;
  const isAll = count > 0 && count === live.length;
  return (
    <div className={classes.head} role="row" aria-rowindex={1}>
      <div role="columnheader">
        {onChoose !== undefined && (
          <Checkbox
            size="xs"
            aria-label="Choose all that are not over"
            checked={isAll}
            indeterminate={count > 0 && !isAll}
            onChange={() => onChoose(new Set(isAll ? [] : live.map(({ id }) => id)))}
          />
        )}
      </div>
      {['State', 'To', 'App, node', 'Age', 'Level', 'Loss', 'Outputs'].map((name) => (
        <div key={name} role="columnheader">
          {name}
        </div>
      ))}
    </div>
  );
}

interface StillOptions {
  readonly frame: { readonly current: HTMLDivElement | null };
  readonly calls: readonly Call[];
  readonly rowPx: number;
}

/** Keeps the row under the reader's eyes where it is when others come or go above it. At the top new calls are let in. */
function useStill({ frame, calls, rowPx }: StillOptions): void {
  const before = useRef<{ readonly calls: readonly Call[]; readonly rowPx: number }>({
    calls,
    rowPx,
  });
  useLayoutEffect(() => {
    const { current: old } = before;
    const { current: element } = frame;
    before.current = { calls, rowPx };
    if (element === null || old.calls === calls || old.rowPx !== rowPx || element.scrollTop === 0)
      return;
    const first = Math.floor(element.scrollTop / rowPx);
    const seen = old.calls[first]?.id;
    const now = seen === undefined ? -1 : calls.findIndex(({ id }) => id === seen);
    if (now >= 0 && now !== first)
      element.scrollTo({ top: element.scrollTop + (now - first) * rowPx });
  }, [frame, calls, rowPx]);
}
