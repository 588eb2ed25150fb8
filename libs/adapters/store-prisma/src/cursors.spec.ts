import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdFactory } from '#domain';
import { SeededRandom } from '#testkit';
import { callCursorAfter, pageOf, readCallCursor, readFeedCursor } from './cursors.ts';

describe('a cursor of the list', () => {
  it('is read back as it was written', () => {
    const id = new IdFactory(() => 1_700_000_000_000, new SeededRandom(1)).callId();
    const createdAt = new Date(1_700_000_000_123);

    const cursor = callCursorAfter({ id, createdAt });

    expect(readCallCursor(cursor)).toEqual({ id, createdAt });
  });

  it('that is missing means the first page', () => {
    expect(readCallCursor(undefined)).toBeUndefined();
  });
});

describe('any text as a cursor', () => {
  it('is read or refused as a request', () => {
    const refusal = expect.objectContaining({ code: 'REQUEST_INVALID' });
    const readOrRefused = (read: () => unknown): void => {
      try {
        read();
      } catch (error) {
        expect(error).toEqual(refusal);
      }
    };

    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{0,22}-\d{0,22}$/)), (text) => {
        readOrRefused(() => readCallCursor(text));
        readOrRefused(() => readFeedCursor(text));
      }),
    );
  });

  it('of the feed keeps numbers of 64 bits whole', () => {
    expect(readFeedCursor('18446744073709551615-9223372036854775807')).toEqual({
      xid: '18446744073709551615',
      position: '9223372036854775807',
    });
  });
});

describe('a page', () => {
  const pages = [
    { found: [], limit: 2, page: { items: [], nextCursor: null } },
    { found: ['a', 'b'], limit: 2, page: { items: ['a', 'b'], nextCursor: null } },
    { found: ['a', 'b', 'c'], limit: 2, page: { items: ['a', 'b'], nextCursor: 'after b' } },
  ];

  it.each(pages)('of $limit from $found', ({ found, limit, page }) => {
    expect(pageOf<string>(found, limit, (last) => `after ${last}`)).toEqual(page);
  });
});
