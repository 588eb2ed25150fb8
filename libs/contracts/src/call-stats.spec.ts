import { describe, expect, it } from 'vitest';
import type { CallId, LiveFigures, NodeId, OutputId } from '#domain';
import { callStats } from '#testkit';
import { figuresMessages, readFiguresMessage } from './call-stats.ts';

const NODE = 'node_00000000000000000000000001' as NodeId;

const figuresOf = (count: number): LiveFigures[] =>
  Array.from({ length: count }, (_, index) => ({
    callId: `call_${String(index).padStart(26, '0')}` as CallId,
    appKey: 'default',
    epoch: index % 3,
    node: NODE,
    stats: callStats(
      { packets: index, jitterMs: 1.25, mos: 4.37 },
      {
        outputs: [
          {
            id: `out_${index}` as OutputId,
            reconnects: 1,
            bytes: 2,
            tags: 3,
            droppedTags: 4,
            queuedBytes: 5,
            queuedMs: 6,
            audioCodec: 'opus',
            isCongested: true,
          },
        ],
      },
    ),
  }));

describe('a message of figures', () => {
  it('says what was told', () => {
    const figures = figuresOf(3);

    const messages = figuresMessages(figures);

    expect(messages).toHaveLength(1);
    expect(readFiguresMessage(messages[0] ?? '')).toEqual(figures);
  });

  it('is not there without calls', () => {
    expect(figuresMessages([])).toEqual([]);
  });

  it('stays short: many calls take several', () => {
    const figures = figuresOf(2_000);

    const messages = figuresMessages(figures);

    expect(messages.length).toBeGreaterThan(3);
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(256 * 1024);
    expect(messages.flatMap((message) => readFiguresMessage(message) ?? [])).toEqual(figures);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"node":1,"calls":[]}',
    '{"node":"n","calls":{}}',
    figuresMessages(figuresOf(1))[0]?.slice(0, -1) ?? '',
  ])('that is none of ours is not read: %s', (text) => {
    expect(readFiguresMessage(text)).toBeUndefined();
  });

  it('that is far too long is not read', () => {
    const [message = ''] = figuresMessages(figuresOf(1));

    expect(readFiguresMessage(message + ' '.repeat(512 * 1024))).toBeUndefined();
  });

  it.each([
    { name: 'no number', bad: (text: string) => text.replace('"packets":1,', '"packets":null,') },
    { name: 'no epoch', bad: (text: string) => text.replace('"epoch":1', '"epoch":-1') },
  ])('tells of all calls but the one with $name', ({ bad }) => {
    const figures = figuresOf(3);
    const [message = ''] = figuresMessages(figures);

    expect(readFiguresMessage(bad(message))).toEqual([figures[0], figures[2]]);
  });
});
