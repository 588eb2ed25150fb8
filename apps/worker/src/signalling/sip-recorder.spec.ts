import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { CallId, SipBook, SipNote, SipRecord } from '#domain';
import { silentLogger } from '#foundation';
import { VirtualTime } from '#testkit';
import { cutToBytes } from './cut-to-bytes.ts';
import { SipRecorder } from './sip-recorder.ts';

const CALL = 'call_1' as CallId;
const OTHER = 'call_2' as CallId;
const NOTE: SipNote = { direction: 'out', summary: 'INVITE sip:bob@sip.test', text: 'INVITE' };

const settle = async (): Promise<void> => {
  for (let round = 0; round < 200; round++) await Promise.resolve();
};

async function setup() {
  const time = new VirtualTime();
  const written: { readonly id: CallId; readonly records: readonly SipRecord[] }[] = [];
  const store: { fault: Error | undefined; held: Promise<void> | undefined } = {
    fault: undefined,
    held: undefined,
  };
  const book: Pick<SipBook, 'add'> = {
    add: async (id, records) => {
      await store.held;
      if (store.fault !== undefined) throw store.fault;
      written.push({ id, records });
    },
  };
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (event: string) => void warnings.push(event) };
  const recorder = new SipRecorder({
    ...{ book: book as SipBook, clock: time, timers: time, logger },
  });
  await recorder.start();
  const pass = async (ms: number): Promise<void> => {
    time.advance(ms);
    await settle();
  };
  const numbers = (): readonly (readonly number[])[] =>
    written.map(({ records }) => records.map(({ seq }) => seq));
  return { time, recorder, written, store, warnings, pass, numbers };
}

const hear = (take: (note: SipNote) => void, count: number): void => {
  for (let index = 0; index < count; index++) take(NOTE);
};

describe('the recorder of SIP messages', () => {
  it('writes what it has heard once a second, in order, with numbers and times', async () => {
    const { recorder, written, pass } = await setup();
    const take = recorder.take(CALL, 2);

    take(NOTE);
    await pass(400);
    take({ ...NOTE, direction: 'in', summary: '200 OK' });
    const before = written.length;
    await pass(600);
    await pass(1000);

    expect(before).toBe(0);
    expect(written).toEqual([
      {
        id: CALL,
        records: [
          { ...NOTE, epoch: 2, seq: 1, at: written[0]?.records[0]?.at },
          { ...NOTE, direction: 'in', summary: '200 OK', epoch: 2, seq: 2, at: expect.any(Date) },
        ],
      },
    ]);
    const [first, second] = written[0]?.records ?? [];
    expect(Number(second?.at) - Number(first?.at)).toBe(400);
  });

  it('keeps calls and epochs apart', async () => {
    const { recorder, written, pass } = await setup();

    recorder.take(CALL, 1)(NOTE);
    recorder.take(OTHER, 1)(NOTE);
    recorder.take(CALL, 2)(NOTE);
    await pass(1000);

    expect(written.map(({ id, records }) => [id, records[0]?.epoch, records[0]?.seq])).toEqual([
      [CALL, 1, 1],
      [OTHER, 1, 1],
      [CALL, 2, 1],
    ]);
  });

  it('keeps the first and the last of a flood, and numbers all of it', async () => {
    const { recorder, pass, numbers } = await setup();
    const take = recorder.take(CALL, 1);

    hear(take, 1000);
    await pass(1000);
    hear(take, 20);
    await pass(1000);

    const first = Array.from({ length: 48 }, (_, index) => index + 1);
    const last = (newest: number): readonly number[] =>
      Array.from({ length: 16 }, (_, index) => newest - 15 + index);
    expect(numbers()).toEqual([[...first, ...last(1000)], last(1020)]);
  });

  it('cuts long messages', async () => {
    const { recorder, written, pass } = await setup();

    recorder.take(CALL, 1)({ ...NOTE, text: 'ü'.repeat(5000) });
    await pass(1000);

    const text = written[0]?.records[0]?.text ?? '';
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(text).toMatch(/^ü+\n\[cut\]$/);
  });

  it('keeps them while the store is away, but not without limit', async () => {
    const { recorder, written, store, pass } = await setup();
    store.fault = new Fault('STORE_UNAVAILABLE');
    for (let call = 0; call < 50; call++) hear(recorder.take(`call_${call}` as CallId, 1), 64);
    await pass(3000);

    store.fault = undefined;
    await pass(1000);
    hear(recorder.take(OTHER, 1), 1);
    await pass(1000);

    const count = written.reduce((sum, { records }) => sum + records.length, 0);
    expect(count).toBe(2001);
  });

  it('gives up what the store refuses, and goes on with other calls', async () => {
    const { recorder, written, store, warnings, pass } = await setup();
    store.fault = new Error('no such call');
    recorder.take(CALL, 1)(NOTE);
    await pass(1000);

    store.fault = undefined;
    recorder.take(OTHER, 1)(NOTE);
    await pass(1000);

    expect(warnings).toEqual(['call.sip_unwritten']);
    expect(written.map(({ id }) => id)).toEqual([OTHER]);
  });

  it('writes what comes meanwhile in the next turn, each once', async () => {
    const { recorder, store, pass, numbers } = await setup();
    let release = (): void => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    const take = recorder.take(CALL, 1);

    hear(take, 2);
    await pass(1000);
    hear(take, 1);
    await pass(1000);
    release();
    await settle();
    await pass(1000);

    expect(numbers()).toEqual([[1, 2], [3]]);
  });

  it('writes the rest when it stops, and nothing later', async () => {
    const { recorder, time, pass, numbers } = await setup();
    hear(recorder.take(CALL, 1), 1);

    await recorder.stop();
    await pass(5000);

    expect(numbers()).toEqual([[1]]);
    expect(time.pendingCount).toBe(0);
  });
});

describe('a text cut to bytes', () => {
  it.each([
    ['abc', 8, 'abc'],
    ['abcdefgh', 8, 'abcdefgh'],
    ['abcdefghi', 8, 'ab\n[cut]'],
    ['üüüüü', 9, 'ü\n[cut]'],
    ['a😀bcdefghijkl', 11, 'a😀\n[cut]'],
    ['a😀bcdefghijkl', 10, 'a\n[cut]'],
  ])('%s in %i bytes is %j', (text, bytes, expected) => {
    expect(cutToBytes(text, bytes)).toBe(expected);
  });
});
