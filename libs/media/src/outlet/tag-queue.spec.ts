import fc from 'fast-check';
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

describe('pictures in the queue of tags', () => {
  const key = (timestampMs: number, size = 10): FlvTag => ({
    ...frame(timestampMs, size),
    kind: 'video',
    isKeyFrame: true,
  });
  const picture = (timestampMs: number, size = 10): FlvTag => ({
    ...frame(timestampMs, size),
    kind: 'video',
  });
  const videoHeader: FlvTag = { ...header(0), kind: 'video' };
  const times = (queue: TagQueue): string[] =>
    drain(queue).map((tag) => `${tag.kind === 'video' ? 'v' : 'a'}${tag.timestampMs}`);

  it('go up to the next key frame when the first of them is too old', () => {
    const queue = new TagQueue(100);
    const tags = [key(0), frame(0), picture(40), frame(40), picture(80), key(95), picture(98)];
    for (const tag of tags) expect(queue.push(tag)).toBe(0);

    // The sound of 0 is too old as well; that of 40 is not.
    expect(queue.push(frame(120))).toBe(4);

    expect(times(queue)).toEqual(['a40', 'v95', 'v98', 'a120']);
  });

  it('are not taken again before the next key frame', () => {
    const queue = new TagQueue(100);
    for (const tag of [key(0), picture(40)]) queue.push(tag);
    queue.push(frame(101));

    expect(queue.push(picture(110))).toBe(1);
    expect(queue.push(videoHeader)).toBe(0);
    expect(queue.push(key(120))).toBe(0);
    expect(queue.push(picture(130))).toBe(0);

    expect(times(queue)).toEqual(['a101', 'v0', 'v120', 'v130']);
  });

  it('are not sent past the queue either, until the key frame', () => {
    const queue = new TagQueue(100);
    queue.push(key(0));
    queue.push(frame(101));
    drain(queue);

    expect(queue.admits(frame(110))).toBe(true);
    expect(queue.admits(picture(110))).toBe(false);
    expect(queue.admits(videoHeader)).toBe(true);
    expect(queue.admits(picture(115))).toBe(false);
    expect(queue.admits(key(120))).toBe(true);
    expect(queue.admits(picture(130))).toBe(true);
  });

  it('leave before any sound when bytes are short', () => {
    const queue = new TagQueue(2000);
    const large = 3_000_000;
    queue.push(frame(0));
    queue.push(key(0, large));
    queue.push(picture(40, large));

    expect(queue.push(key(80, large))).toBe(2);
    expect(queue.sizeBytes).toBe(large + 10);
    expect(times(queue)).toEqual(['a0', 'v80']);
  });

  it('never leave without the one that they build on, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(60), fc.nat(4_000_000))), (steps) => {
        const queue = new TagQueue(200);
        const offered: FlvTag[] = [key(0)];
        queue.push(key(0));
        const sent: (FlvTag | undefined)[] = [];
        let timestampMs = 0;
        for (const [kind, ms, size] of steps) {
          timestampMs += ms;
          if (kind < 2) sent.push(queue.shift());
          else if (kind < 5) queue.push(frame(timestampMs));
          else {
            const tag = kind === 5 ? key(timestampMs, size) : picture(timestampMs, size);
            offered.push(tag);
            queue.push(tag);
          }
        }
        const pictures = [...sent, ...drain(queue)].filter((tag) => tag?.kind === 'video');

        for (const [index, tag] of pictures.entries()) {
          if (tag === undefined || tag.isKeyFrame === true) continue;
          const before = offered[offered.indexOf(tag) - 1];
          expect(pictures[index - 1]?.timestampMs).toBe(before?.timestampMs);
          expect(pictures[index - 1]?.body.length).toBe(before?.body.length);
        }
      }),
    );
  });
});
