import { describe, expect, it } from 'vitest';
import { micros } from '#foundation';
import { SeededRandom } from '#testkit';
import { Admission, IdFactory } from '../index.ts';
import type { LoadReading } from '../index.ts';

const ids = new IdFactory(() => 1, new SeededRandom(1));
const seconds = (value: number) => micros(value * 1e6);
const CALM: LoadReading = { latenessP99Ms: 1, cpuCores: 0.1 };

const setup = (options: { capacity?: number; followsLoad?: boolean } = {}) =>
  new Admission({ capacity: 100, followsLoad: true, ...options });

/** An admission with one call that has been there for long. */
function busyNode(options: { capacity?: number; followsLoad?: boolean } = {}): Admission {
  const admission = setup(options);
  admission.take(ids.callId(), 1, seconds(0));
  admission.observe(CALM, seconds(20));
  return admission;
}

describe('the capacity of a node', () => {
  it('is counted in cost units, calls about to be taken included', () => {
    const admission = setup({ capacity: 4, followsLoad: false });
    admission.take(ids.callId(), 1.5, seconds(0));

    expect(admission.refusal(0, seconds(0))).toBeUndefined();
    expect(admission.refusal(1, seconds(0))).toBeUndefined();
    expect(admission.refusal(2, seconds(0))).toBe('full');
  });

  it('is free again when calls have gone, to the last fraction', () => {
    const admission = setup({ capacity: 1, followsLoad: false });
    const calls = [0.1, 0.2, 0.7].map((units) => ({ id: ids.callId(), units }));
    for (const { id, units } of calls) admission.take(id, units, seconds(0));
    expect(admission.refusal(0, seconds(0))).toBe('full');

    for (const { id } of calls) {
      admission.release(id);
      admission.release(id);
    }

    expect(admission.usedUnits).toBe(0);
    expect(admission.refusal(0, seconds(0))).toBeUndefined();
  });
});

describe('a node with too much to do', () => {
  it.each([
    {
      name: 'late',
      reading: { latenessP99Ms: 50, cpuCores: 0.1 },
      calmer: { latenessP99Ms: 46, cpuCores: 0.1 },
    },
    {
      name: 'busy',
      reading: { latenessP99Ms: 1, cpuCores: 0.8 },
      calmer: { latenessP99Ms: 1, cpuCores: 0.73 },
    },
  ])(
    'refuses calls as $name at the second reading, until it has been calm for six seconds',
    ({ name, reading, calmer }) => {
      const admission = busyNode();
      expect(admission.refusal(0, seconds(20))).toBeUndefined();

      admission.observe(reading, seconds(22));
      admission.observe(reading, seconds(24));
      expect(admission.refusal(0, seconds(24))).toBe(name);
      // Below the limit, and not yet a tenth below.
      for (let at = 26; at <= 60; at += 2) admission.observe(calmer, seconds(at));
      expect(admission.refusal(0, seconds(60))).toBe(name);
      for (let at = 62; at <= 66; at += 2) admission.observe(CALM, seconds(at));
      expect(admission.refusal(0, seconds(66))).toBe(name);
      admission.observe(CALM, seconds(68));

      expect(admission.refusal(0, seconds(68))).toBeUndefined();
    },
  );

  it('is not one that was late for a moment, again and again', () => {
    const admission = busyNode();
    const paused: LoadReading = { latenessP99Ms: 120, cpuCores: 0.1 };

    const refusals = Array.from({ length: 10 }, (_, index) => {
      admission.observe(index % 2 === 0 ? paused : CALM, seconds(22 + 2 * index));
      return admission.refusal(0, seconds(22 + 2 * index));
    });

    expect(refusals).toEqual(Array(10).fill(undefined));
  });

  it('takes no call more while one reading says that all of the processor is in use', () => {
    const admission = busyNode();

    admission.observe({ latenessP99Ms: 1, cpuCores: 0.8 }, seconds(22));
    expect(admission.refusal(0, seconds(22))).toBe('busy');
    admission.observe(CALM, seconds(24));

    expect(admission.refusal(0, seconds(24))).toBeUndefined();
  });

  it('takes a call all the same when it has none', () => {
    const admission = setup();
    for (const at of [2, 4]) {
      admission.observe({ latenessP99Ms: 200, cpuCores: 1 }, seconds(at));
    }

    expect(admission.refusal(0, seconds(4))).toBeUndefined();
    expect(admission.refusal(1, seconds(4))).toBe('late');
  });

  it('goes by its capacity alone when it is told so', () => {
    const admission = busyNode({ followsLoad: false });
    for (const at of [22, 24]) {
      admission.observe({ latenessP99Ms: 200, cpuCores: 1 }, seconds(at));
    }

    expect(admission.refusal(0, seconds(24))).toBeUndefined();
  });
});

describe('calls that have just been taken', () => {
  it('are counted with what they will cost until they show, and not twice', () => {
    const admission = setup({ capacity: 100 });
    admission.observe({ latenessP99Ms: 1, cpuCores: 0.6 }, seconds(0));
    // 0.008 of a core each: there is room for 25 up to the budget of 0.8.
    for (let call = 0; call < 24; call++) admission.take(ids.callId(), 1, seconds(1));
    expect(admission.refusal(0, seconds(2))).toBeUndefined();
    admission.take(ids.callId(), 1, seconds(2));
    expect(admission.refusal(0, seconds(2))).toBe('busy');

    // Half of them are on air, and still within their 15 s.
    admission.observe({ latenessP99Ms: 1, cpuCores: 0.7 }, seconds(4));
    expect(admission.refusal(0, seconds(4))).toBe('busy');
    // They were cheaper than thought.
    admission.observe({ latenessP99Ms: 1, cpuCores: 0.7 }, seconds(18));

    expect(admission.refusal(0, seconds(18))).toBeUndefined();
  });

  it('do not keep a node from a small capacity that was set', () => {
    const admission = setup({ capacity: 4 });
    admission.observe({ latenessP99Ms: 1, cpuCores: 0.1 }, seconds(0));

    const refusals = Array.from({ length: 5 }, () => {
      const refusal = admission.refusal(0, seconds(1));
      admission.take(ids.callId(), 1, seconds(1));
      return refusal;
    });

    expect(refusals).toEqual([undefined, undefined, undefined, undefined, 'full']);
  });

  it('are forgotten with their calls', () => {
    const admission = setup({ capacity: 40 });
    // 0.02 of a core each.
    admission.observe({ latenessP99Ms: 1, cpuCores: 0.71 }, seconds(0));
    const calls = Array.from({ length: 4 }, () => ids.callId());
    for (const id of calls) admission.take(id, 1, seconds(1));
    expect(admission.refusal(0, seconds(1))).toBe('busy');

    admission.release(calls[1] ?? ids.callId());

    expect(admission.refusal(0, seconds(1))).toBeUndefined();
  });
});
