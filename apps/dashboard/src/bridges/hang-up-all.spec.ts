import { describe, expect, it } from 'vitest';
import { CallcastError } from '#sdk';
import type { Callcast } from '#sdk';
import { hangUpAll } from './hang-up-all.ts';

const refusal = (code: 'CALL_ALREADY_ENDED' | 'STORE_UNAVAILABLE'): CallcastError =>
  new CallcastError({ code, message: code });

describe('hanging up many calls', () => {
  it('asks for each once, eight at a time, and counts them', async () => {
    const asked: string[] = [];
    const open: (() => void)[] = [];
    const hangUp = (id: string): Promise<unknown> => {
      asked.push(id);
      return new Promise<void>((resolve) => open.push(resolve));
    };
    const progress: number[] = [];
    const calls = Array.from({ length: 20 }, (_, at) => ({ id: `call_${at}` }));

    const done = hangUpAll({ calls: { hangUp } } as unknown as Callcast, calls, (count) =>
      progress.push(count),
    );
    const atOnce = open.length;
    for (let answer = open.shift(); answer !== undefined; answer = open.shift()) {
      answer();
      for (let turn = 0; turn < 9; turn += 1) await Promise.resolve();
    }

    expect(await done).toEqual([]);
    expect(atOnce).toBe(8);
    expect(asked).toEqual(calls.map(({ id }) => id));
    expect(progress.at(-1)).toBe(20);
  });

  it('tells what failed, but not what had ended by itself', async () => {
    const outcomes = [refusal('CALL_ALREADY_ENDED'), refusal('STORE_UNAVAILABLE')];
    const hangUp = (id: string): Promise<unknown> =>
      Promise.reject(outcomes[Number(id)] ?? new Error('none'));

    const failures = await hangUpAll(
      { calls: { hangUp } } as unknown as Callcast,
      [{ id: '0' }, { id: '1' }],
      () => undefined,
    );

    expect(failures).toEqual([outcomes[1]]);
  });
});
