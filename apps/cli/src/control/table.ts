import { fitted, printable } from './terminal.ts';

/** One column. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => string;
  /** May be cut down to so many characters where the terminal is too narrow. Default: never. */
  readonly least?: number;
  /** Left out where the others need the room. Default: never. */
  readonly isExtra?: true;
}

const GAP = '  ';

/** A table that is no wider than the terminal, as far as its columns can be cut; the widest is cut first. */
export function formatTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  width: number | undefined,
): string[] {
  const shown = columnsFor(columns, rows, width);
  const cells = cellsOf(shown, rows);
  const widths = widthsOf(shown, cells);
  if (width !== undefined) shrink(shown, widths, width);
  return cells.map((line) =>
    line
      .map((cell, index) => fitted(cell, widths[index]).padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

const cellsOf = <T>(columns: readonly Column<T>[], rows: readonly T[]): string[][] => [
  columns.map(({ title }) => title),
  ...rows.map((row) => columns.map(({ cell }) => printable(cell(row)))),
];

const widthsOf = <T>(columns: readonly Column<T>[], cells: readonly string[][]): number[] =>
  columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));

const totalOf = (widths: readonly number[]): number =>
  widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);

/** All of them, unless they do not fit however they are cut. */
function columnsFor<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  width = Infinity,
): readonly Column<T>[] {
  const widths = widthsOf(columns, cellsOf(columns, rows));
  const leasts = columns.map(({ least }, index) => Math.min(least ?? Infinity, widths[index] ?? 0));
  return totalOf(leasts) <= width ? columns : columns.filter(({ isExtra }) => isExtra !== true);
}

function shrink<T>(columns: readonly Column<T>[], widths: number[], width: number): void {
  while (totalOf(widths) > width) {
    const spare = columns.map(({ least }, index) => (widths[index] ?? 0) - (least ?? Infinity));
    const widest = widths
      .map((one, index) => ({ one, index }))
      .filter(({ index }) => (spare[index] ?? 0) > 0)
      .sort((left, right) => right.one - left.one)[0];
    if (widest === undefined) return;
    widths[widest.index] = widest.one - 1;
  }
}
