import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineBatch } from './line-batch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setup() {
  const pieces: string[] = [];
  const batch = new LineBatch((text) => pieces.push(text));
  return { pieces, batch };
}

describe('a batch of lines', () => {
  it('writes the first at once and those of the next 10 ms together', () => {
    const { pieces, batch } = setup();

    batch.write('a\n');
    batch.write('b\n');
    batch.write('c\n');
    expect(pieces).toEqual(['a\n']);
    vi.advanceTimersByTime(10);
    expect(pieces).toEqual(['a\n', 'b\nc\n']);
    batch.write('d\n');

    expect(pieces).toEqual(['a\n', 'b\nc\n', 'd\n']);
  });

  it('writes what waits when it is asked to', () => {
    const { pieces, batch } = setup();
    batch.write('a\n');
    batch.write('b\n');

    batch.flush();
    batch.flush();

    expect(pieces).toEqual(['a\n', 'b\n']);
  });

  it('holds no more than 64 KiB', () => {
    const { pieces, batch } = setup();
    batch.write('a\n');

    batch.write('x'.repeat(65_536));

    expect(pieces).toHaveLength(2);
  });
});
