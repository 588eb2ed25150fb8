import { describe, expect, it } from 'vitest';
import { LastView } from './last-view.ts';

const samples = Int16Array.of(0, 1, 2, 3, 4, 5);
const others = Int16Array.of(9, 8, 7, 6, 5, 4);

describe('the last view', () => {
  it('is given again for the same piece, and shows what is there now', () => {
    const views = new LastView();
    const room = samples.slice();
    const first = views.of(room, 1, 4);

    room[2] = 77;

    expect(views.of(room, 1, 4)).toBe(first);
    expect([...first]).toEqual([1, 77, 3]);
  });

  it.each([
    { of: others, start: 1, end: 4, expected: [8, 7, 6] },
    { of: samples, start: 2, end: 5, expected: [2, 3, 4] },
    { of: samples, start: 1, end: 3, expected: [1, 2] },
    { of: samples, start: 1, end: 9, expected: [1, 2, 3, 4, 5] },
    { of: samples, start: 1, end: 1, expected: [] },
  ])('is made anew for $start to $end of another piece', ({ of, start, end, expected }) => {
    const views = new LastView();
    views.of(samples, 1, 4);

    expect([...views.of(of, start, end)]).toEqual(expected);
  });
});
