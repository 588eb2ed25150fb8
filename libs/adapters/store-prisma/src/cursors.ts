import { Fault, isCallId } from '#domain';
import type { CallId, Page } from '#domain';

/** A place in the list of calls: behind this one. */
export interface CallCursor {
  readonly createdAt: Date;
  readonly id: CallId;
}

const invalidCursor = (): Fault =>
  new Fault('REQUEST_INVALID', { detail: 'The cursor is not one of ours.' });

/** Writes the cursor that continues after `record`. */
export const callCursorAfter = ({ createdAt, id }: CallCursor): string =>
  `${createdAt.getTime()}-${id}`;

/** Undefined for the first page. @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
export function readCallCursor(cursor: string | undefined): CallCursor | undefined {
  if (cursor === undefined) return undefined;
  const [, millis, id] = /^(\d{1,15})-(.+)$/.exec(cursor) ?? [];
  if (millis === undefined || id === undefined || !isCallId(id)) throw invalidCursor();
  return { createdAt: new Date(Number(millis)), id };
}

/** A place in the feed: after this event. Numbers of 64 bits, as texts. */
export interface FeedCursor {
  readonly xid: string;
  readonly position: string;
}

const MAX_POSITION = 2n ** 63n - 1n;
const MAX_XID = 2n ** 64n - 1n;

/** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
export function readFeedCursor(cursor: string): FeedCursor {
  const [, xid, position] = /^(\d{1,20})-(\d{1,19})$/.exec(cursor) ?? [];
  if (xid === undefined || position === undefined) throw invalidCursor();
  if (BigInt(xid) > MAX_XID || BigInt(position) > MAX_POSITION) throw invalidCursor();
  return { xid, position };
}

/** A place in a list by position. @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
export function readPosition(cursor: string): string {
  if (!/^\d{1,19}$/.test(cursor) || BigInt(cursor) > MAX_POSITION) throw invalidCursor();
  return cursor;
}

/** A page of at most `limit` items, from a query that asked for one more. */
export function pageOf<T>(
  found: readonly T[],
  limit: number,
  cursorAfter: (last: T) => string,
): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const isMore = found.length > limit && last !== undefined;
  return { items, nextCursor: isMore ? cursorAfter(last) : null };
}
