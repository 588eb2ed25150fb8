import { expect, it } from 'vitest';
import type { FlvTag } from '#protocol/flv';
import { fromZero } from './from-zero.ts';

it('starts at 0, and never before', () => {
  const heard: number[] = [];
  const write = fromZero(({ timestampMs }) => heard.push(timestampMs));
  const body = new Uint8Array(1);
  for (const timestampMs of [500, 480, 520])
    write({ kind: 'audio', timestampMs, body, isSequenceHeader: false } satisfies FlvTag);

  expect(heard).toEqual([0, 0, 20]);
});
