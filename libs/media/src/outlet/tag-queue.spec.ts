import { describe, expect, it } from 'vitest';
import type { FlvTag } from '#protocol/flv';
import { TagQueue } from './tag-queue.ts';

const frame = (timestampMs: number, size = 10): FlvTag => ({
  kind: 'audio',
  timestampMs,
  body: new Uint8Array(size),
});
const header = (timestampMs: number): FlvTag => ({ ...frame(timestampMs), isSequenceHeader: true });
const script = (timestampMs: number): FlvTag => ({ ...frame(timestampMs), kind: 'script' });

function drain(queue: TagQueue): FlvTag[] {
  const tags: FlvTag[] = [];
  for (let tag = queue.shift(); tag !== undefined; tag = queue.shift()) tags.push(tag);
  return tags;
}

describe('the queue of tags', () => {
  it('gives back in order what came in', () => {
    const queue = new TagQueue(2000);
    const tags = [script(0), header(0), frame(0), frame(23)];

    for (const tag of tags) expect(queue.push(tag)).toBe(0);

    expect(queue.sizeBytes).toBe(40);
    expect(drain(queue)).toEqual(tags);
    expect(queue).toMatchObject({ length: 0, sizeBytes: 0 });
  });

  it('drops the oldest frames when more than its time waits', () => {
    const queue = new TagQueue(100);
    for (const timestampMs of [0, 40, 80]) queue.push(frame(timestampMs));

    const dropped = queue.push(frame(145));

    expect(dropped).toBe(2);
    expect(drain(queue).map((tag) => tag.timestampMs)).toEqual([80, 145]);
  });

  it('keeps a frame that is just as old as allowed', () => {
    const queue = new TagQueue(100);
    queue.push(frame(0));

    expect(queue.push(frame(100))).toBe(0);
  });

  it('keeps what configures a decoder and describes the stream', () => {
    const queue = new TagQueue(100);
    for (const tag of [script(0), header(0), frame(0), frame(50)]) queue.push(tag);

    queue.push(frame(5000));

    expect(drain(queue)).toEqual([script(0), header(0), frame(5000)]);
  });

  it('holds at most 1024 tags, even when time stands still and all of them are headers', () => {
    const queue = new TagQueue(100);
    const sizes = { dropped: 0 };

    for (let index = 0; index < 1200; index += 1) {
      sizes.dropped += queue.push(index % 3 === 0 ? frame(0) : header(0));
    }

    expect(queue.length).toBe(1024);
    expect(queue.sizeBytes).toBe(10_240);
    expect(sizes.dropped).toBe(176);
  });

  it('is empty after clear', () => {
    const queue = new TagQueue(100);
    queue.push(frame(0));

    queue.clear();

    expect(queue).toMatchObject({ length: 0, sizeBytes: 0 });
  });
});
