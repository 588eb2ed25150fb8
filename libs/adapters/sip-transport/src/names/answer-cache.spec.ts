import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { AnswerCache } from './answer-cache.ts';
import type { LimitedAnswer } from './answer-cache.ts';

function setup(answer: Partial<LimitedAnswer<string>> = {}) {
  const time = new VirtualTime();
  const asked: string[] = [];
  const cache = new AnswerCache<string>(time, (name) => {
    asked.push(name);
    return Promise.resolve({ records: [`record of ${name}`], hasFailed: false, ...answer });
  });
  return { time, asked, cache };
}

/** A cache whose questions wait until the test answers them. */
function setupWaiting() {
  const answers: ((answer: LimitedAnswer<string>) => void)[] = [];
  const cache = new AnswerCache<string>(
    new VirtualTime(),
    () => new Promise((resolve) => answers.push(resolve)),
  );
  return { cache, answers };
}

describe('the cache of answers', () => {
  it.each([
    ['the TTL of the answer', { ttlSeconds: 300 }, 300],
    ['at least 5 s', { ttlSeconds: 0 }, 5],
    ['at most an hour', { ttlSeconds: 2 ** 31 }, 3600],
    ['a minute when the answer has no TTL', {}, 60],
    ['15 s when there is nothing', { records: [] }, 15],
    ['2 s after a failure', { records: [], hasFailed: true }, 2],
  ])('keeps an answer for %s', async (_name, answer, seconds) => {
    const { time, asked, cache } = setup(answer);

    const first = await cache.get('a');
    time.advance(seconds * 1000 - 1);
    const second = await cache.get('a');
    const before = asked.length;
    time.advance(1);
    await cache.get('a');

    expect(second).toBe(first);
    expect([before, asked.length]).toEqual([1, 2]);
  });

  it('asks a question once, however many wait for it', async () => {
    const { cache, answers } = setupWaiting();

    const both = Promise.all([cache.get('a'), cache.get('a')]);
    const waiting = cache.waitingCount;
    answers[0]?.({ records: ['x'], hasFailed: false });

    expect((await both).map(({ records }) => records)).toEqual([['x'], ['x']]);
    expect([answers.length, waiting, cache.waitingCount]).toEqual([1, 1, 0]);
  });

  it('asks no more than 128 questions at a time', async () => {
    const { cache, answers } = setupWaiting();

    const waiting = Array.from({ length: 128 }, (_, at) => cache.get(String(at)));
    const refused = await cache.get('one more');
    for (const answer of answers) answer({ records: ['x'], hasFailed: false });
    await Promise.all(waiting);

    expect(refused).toEqual({ records: [], hasFailed: true });
    expect(answers).toHaveLength(128);
    expect(cache.waitingCount).toBe(0);
  });

  it('forgets the oldest answers when there are too many', async () => {
    const { asked, cache } = setup();

    for (let at = 0; at < 600; at += 1) await cache.get(String(at));
    await cache.get('599');
    await cache.get('0');

    expect(cache.size).toBe(512);
    expect(asked.slice(600)).toEqual(['0']);
  });
});
