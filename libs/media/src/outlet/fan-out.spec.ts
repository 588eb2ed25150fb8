import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import type { FlvTag } from '#protocol/flv';
import { FanOut } from '../index.ts';
import type { Sink } from '../index.ts';

const HEADER: FlvTag = {
  kind: 'audio',
  timestampMs: 0,
  body: Uint8Array.of(0xaf, 0, 0x12, 0x08),
  isSequenceHeader: true,
};
const frame = (timestampMs: number): FlvTag => ({
  kind: 'audio',
  timestampMs,
  body: Uint8Array.of(0xaf, 1),
});

function outlet(name = 'outlet', onWrite: () => void = () => undefined) {
  const calls: string[] = [];
  const sink: Sink<FlvTag> = {
    write: (tag) => {
      calls.push(`${tag.isSequenceHeader === true ? 'header' : 'frame'} ${tag.timestampMs}`);
      onWrite();
    },
    tick: (now) => void calls.push(`tick ${now}`),
    end: () => void calls.push('end'),
    describe: () => name,
  };
  return { sink, calls };
}

describe('a fan-out', () => {
  it('gives every tag to every outlet', () => {
    const fanOut = new FanOut();
    const first = outlet();
    const second = outlet();
    fanOut.add(first.sink);
    fanOut.add(second.sink);

    fanOut.write(HEADER);
    fanOut.write(frame(23));
    fanOut.tick(microsFromMs(1));
    fanOut.end();

    expect(first.calls).toEqual(['header 0', 'frame 23', 'tick 1000', 'end']);
    expect(second.calls).toEqual(first.calls);
    expect(fanOut.outletCount).toBe(0);
  });

  it('gives a late outlet the header of now before the next frame', () => {
    const fanOut = new FanOut();
    fanOut.write(HEADER);
    fanOut.write(frame(5000));
    const late = outlet();

    fanOut.add(late.sink);
    fanOut.write(frame(5023));

    expect(late.calls).toEqual(['header 5000', 'frame 5023']);
  });

  it('gives a late outlet sound at once, and the picture from the next key frame on', () => {
    const fanOut = new FanOut();
    const picture = (timestampMs: number, isKeyFrame: boolean): FlvTag => ({
      ...{ kind: 'video', timestampMs, body: Uint8Array.of(isKeyFrame ? 0x17 : 0x27, 1) },
      isKeyFrame,
    });
    const early = outlet();
    fanOut.add(early.sink);
    fanOut.write({ ...HEADER, kind: 'video' });
    fanOut.write(picture(0, true));
    fanOut.write(picture(40, false));
    const late = outlet();

    fanOut.add(late.sink);
    fanOut.write(picture(80, false));
    fanOut.write(frame(90));
    fanOut.write(picture(120, true));
    fanOut.write(picture(160, false));

    expect(late.calls).toEqual(['header 40', 'frame 90', 'frame 120', 'frame 160']);
    expect(early.calls).toHaveLength(7);
  });

  it('gives nothing to an outlet that has left, and does not end it', () => {
    const fanOut = new FanOut();
    const leaver = outlet();
    fanOut.add(leaver.sink);

    fanOut.remove(leaver.sink);
    fanOut.write(frame(0));
    fanOut.end();

    expect(leaver.calls).toEqual([]);
  });

  it('lets an outlet leave while it is being written to', () => {
    const fanOut = new FanOut();
    const leaver = outlet('leaver', () => fanOut.remove(leaver.sink));
    const stayer = outlet('stayer');
    fanOut.add(leaver.sink);
    fanOut.add(stayer.sink);

    fanOut.write(frame(0));
    fanOut.write(frame(23));

    expect(leaver.calls).toEqual(['frame 0']);
    expect(stayer.calls).toEqual(['frame 0', 'frame 23']);
  });

  it('takes an outlet in only once', () => {
    const fanOut = new FanOut();
    const { sink, calls } = outlet();

    fanOut.add(sink);
    fanOut.write(HEADER);
    fanOut.add(sink);

    expect(calls).toEqual(['header 0']);
  });

  it('prints its outlets', () => {
    const fanOut = new FanOut();
    fanOut.add(outlet('a').sink);
    fanOut.add(outlet('b').sink);

    expect(fanOut.describe()).toBe('fan-out(a, b)');
  });
});
