import { Fault } from '#domain';

/** A place in a list that is ordered by the time of its rows, to the millisecond, and then by their ids. */
export interface RowPlace {
  readonly createdAt: Date | 'infinity' | '-infinity';
  readonly id: string;
}

/** Before all rows, going back in time. */
export const NEWEST_ROW: RowPlace = { createdAt: 'infinity', id: '' };
/** Before all rows, going on in time. */
export const OLDEST_ROW: RowPlace = { createdAt: '-infinity', id: '' };

/** Writes the cursor that continues after a row. */
export const rowCursorAfter = (row: { readonly createdAt: Date; readonly id: string }): string =>
  `${row.createdAt.getTime()}-${row.id}`;

/** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
export function readRowCursor(cursor: string | undefined, first: RowPlace): RowPlace {
  if (cursor === undefined) return first;
  const [, millis, id] = /^(\d{1,15})-([a-z]{2,8}_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (millis === undefined || id === undefined) {
    throw new Fault('REQUEST_INVALID', { detail: 'The cursor is not one of ours.' });
  }
  return { createdAt: new Date(Number(millis)), id };
}
