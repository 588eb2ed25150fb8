import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { FakeSource, readFlv } from '../../../../test/support/flv-tags.ts';
import { FlvListener } from './flv-listener.ts';
import type { FlvReader, ListenerEnd } from './flv-listener.ts';

class FakeReader implements FlvReader {
  readonly written: Uint8Array[] = [];
  readonly #unheard: (() => void)[] = [];
  isSlow = false;
  closed: 'ended' | 'destroyed' | undefined;

  write(bytes: Uint8Array, taken: () => void): void {
    this.written.push(bytes);
    this.#unheard.push(taken);
    if (!this.isSlow) this.take();
  }

  /** The network takes what was written. */
  take(): void {
    for (const taken of this.#unheard.splice(0)) taken();
  }

  end(bytes: Uint8Array, taken: () => void): void {
    this.write(bytes, taken);
    this.closed = 'ended';
  }
  destroy = (): void => void (this.closed = 'destroyed');

  get flv() {
    return readFlv(Buffer.concat(this.written));
  }
}

function setup() {
  const time = new VirtualTime();
  const source = new FakeSource();
  const reader = new FakeReader();
  const ends: ListenerEnd[] = [];
  const onEnd = (end: ListenerEnd): void => void ends.push(end);
  const listener = new FlvListener({ source, reader, timers: time, onEnd });
  /** A tag every 20 ms of virtual time. */
  const play = (fromMs: number, toMs: number): void => {
    for (let at = fromMs; at < toMs; at += 20) {
      source.emit(at);
      time.advance(20);
    }
  };
  return { time, source, reader, ends, listener, play };
}

describe('a listener', () => {
  it('gets a header that promises audio only, the metadata, and tags from 0', () => {
    const { source, reader } = setup();

    source.emit(5_000, { isSequenceHeader: true, body: Uint8Array.of(0xaf, 0, 0x12, 0x08) });
    source.emit(5_000);
    source.emit(5_023);

    const { flags, tags } = reader.flv;
    expect(flags).toBe(0x04);
    expect(tags.map(({ type, timestampMs }) => [type, timestampMs])).toEqual([
      [18, 0],
      [8, 0],
      [8, 0],
      [8, 23],
    ]);
    expect(tags[0]?.body.toString('latin1')).toContain('onMetaData');
    expect([...(tags[1]?.body ?? [])]).toEqual([0xaf, 0, 0x12, 0x08]);
  });

  it('that is slow for a while misses what is older than two seconds, and nothing of what is left is cut', () => {
    const { reader, listener, play } = setup();
    play(0, 100);
    reader.isSlow = true;
    play(100, 5_100);
    reader.isSlow = false;
    reader.take();
    play(5_100, 5_200);

    const times = reader.flv.tags.slice(1).map(({ timestampMs }) => timestampMs);
    const jump = times.findIndex((at, index) => at - (times[index - 1] ?? 0) > 20);
    // The one at 100 was under way.
    expect(times.slice(0, jump)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(times.at(jump)).toBe(3_080);
    expect(times.slice(jump)).toHaveLength((5_200 - 3_080) / 20);
    expect(listener.droppedTags).toBe((3_080 - 120) / 20);
  });

  it('whose network takes nothing for ten seconds is let go', () => {
    const { reader, ends, source, time, play } = setup();
    reader.isSlow = true;
    play(0, 9_980);
    expect(ends).toEqual([]);
    play(9_980, 10_020);

    expect(ends).toEqual(['slow']);
    expect(reader.closed).toBe('destroyed');
    expect(source.listenerCount).toBe(0);
    expect(time.pendingCount).toBe(0);
  });

  it('hears the last sounds and a proper end when the call is over, once', () => {
    const { reader, ends, listener, source, time } = setup();

    reader.isSlow = true;
    for (const at of [0, 20, 40]) source.emit(at);
    listener.end('callOver');
    listener.end('left');
    source.emit(60);
    reader.take();

    expect(ends).toEqual(['callOver']);
    expect(reader.closed).toBe('ended');
    expect(reader.flv.tags.map(({ timestampMs }) => timestampMs)).toEqual([0, 0, 20, 40]);
    expect(source.listenerCount).toBe(0);
    expect(time.pendingCount).toBe(0);
  });

  it('that does not take its end is cut off', () => {
    const { reader, listener, time } = setup();
    reader.isSlow = true;

    listener.end('callOver');
    time.advance(10_000);

    expect(reader.closed).toBe('destroyed');
  });
});
