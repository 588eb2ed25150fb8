import { describe, expect, it } from 'vitest';
import { wasm } from '#foundation';
import type { AacEncoder } from './aac-encoder.ts';
import { EncoderGaveUpError, restartingEncoder } from './restarting-encoder.ts';

interface World {
  readonly sampleRate: number;
  readonly sourceRate: number;
  readonly channels: 1 | 2;
  /** Calls of `encode`, of all encoders together, that throw, the first being 1. */
  readonly failsAt: readonly number[];
  readonly failsToClose?: boolean;
  readonly failsToFlush?: boolean;
}

const PLAIN: World = { sampleRate: 8000, sourceRate: 8000, channels: 1, failsAt: [] };
const PACKET = 320;
const FRAME = 1024;

/** Frames are plain samples, taken from the source without a filter, so that a test sees where each came from. */
function setup(world: World) {
  const made: { isOpen: boolean }[] = [];
  const failures: unknown[] = [];
  let calls = 0;
  const create = (): AacEncoder => {
    const life = { isOpen: true };
    made.push(life);
    const source: number[] = [];
    let frames = 0;
    const ratio = world.sourceRate / world.sampleRate;
    const give = (onFrame: (frame: Uint8Array) => void): void => {
      const first = frames * FRAME;
      frames += 1;
      const frame = Int16Array.from({ length: FRAME }, (_, index) => {
        return source[Math.floor((first + index) * ratio) * world.channels] ?? 0;
      });
      onFrame(new Uint8Array(frame.buffer));
    };
    return {
      ...world,
      audioSpecificConfig: Uint8Array.of(0x15, 0x88),
      frameSamples: FRAME,
      primingSamples: 0,
      encode: (pcm, onFrame) => {
        // The silence in front of a fresh encoder's sound is not the test's.
        const isSound = pcm[0] !== 0;
        if (isSound) calls += 1;
        if (isSound && world.failsAt.includes(calls)) {
          throw new wasm.RuntimeError();
        }
        source.push(...pcm);
        const filled = source.length / world.channels / ratio / FRAME;
        while (frames < Math.floor(filled)) give(onFrame);
      },
      flush: (onFrame) => {
        if (world.failsToFlush === true) throw new Error('cannot flush');
        if (source.length / world.channels / ratio > frames * FRAME) give(onFrame);
      },
      close: () => {
        life.isOpen = false;
        if (world.failsToClose === true) throw new Error('cannot close');
      },
      describe: () => 'fake',
    };
  };
  const encoder = restartingEncoder({ create, onRestart: (cause) => failures.push(cause) });
  const frames: Uint8Array[] = [];
  const keep = (frame: Uint8Array): void => void frames.push(Uint8Array.from(frame));
  let samples = 0;
  return {
    made,
    failures,
    frames,
    encoder,
    /** Sound in which each sample is its own place, counted from 1. */
    run: (packets: number): void => {
      for (let packet = 0; packet < packets; packet++) {
        const pcm = Int16Array.from({ length: PACKET * world.channels }, (_, index) => {
          return ((samples + Math.floor(index / world.channels)) % 32_000) + 1;
        });
        samples += PACKET;
        encoder.encode(pcm, keep);
      }
    },
    flush: () => encoder.flush(keep),
  };
}

/** What is heard, sample by sample; undefined in the frames that were put in place of lost ones. */
const heard = (frames: readonly Uint8Array[]): readonly (number | undefined)[] =>
  frames.flatMap((frame): (number | undefined)[] =>
    frame.length === 2 * FRAME
      ? [...new Int16Array(frame.buffer)]
      : Array.from({ length: FRAME }, () => undefined),
  );

const silentFrames = (frames: readonly Uint8Array[]): number =>
  frames.filter(({ length }) => length < 2 * FRAME).length;

describe('an encoder that is started again', () => {
  it('is the first one as long as nothing happens', () => {
    const { made, encoder, failures, frames, run, flush } = setup(PLAIN);

    run(100);
    flush();
    encoder.close();
    encoder.close();

    expect(heard(frames).slice(0, 32_000)).toEqual(
      Array.from({ length: 32_000 }, (_, index) => index + 1),
    );
    expect([made, failures]).toEqual([[{ isOpen: false }], []]);
    expect(encoder.describe()).toBe('fake');
  });

  it.each<[string, Partial<World>]>([
    ['the first packet', { failsAt: [1] }],
    ['any packet', { failsAt: [30] }],
    ['packets in a row', { failsAt: [10, 11, 12] }],
    ['the last packet', { failsAt: [50] }],
    ['44.1 kHz', { failsAt: [7, 30], sampleRate: 44_100 }],
    ['stereo', { failsAt: [20, 40], sourceRate: 48_000, sampleRate: 48_000, channels: 2 }],
    ['an encoder that cannot be closed', { failsAt: [20], failsToClose: true }],
  ])('keeps every sound in its place: %s', (_, change) => {
    const world = { ...PLAIN, ...change };
    const { made, failures, frames, encoder, run, flush } = setup(world);

    run(50);
    flush();
    if (world.failsToClose === true) expect(() => encoder.close()).toThrow('cannot close');
    else encoder.close();

    const ratio = world.sourceRate / world.sampleRate;
    const sounds = heard(frames);
    const wrong = sounds.filter((sample = 0, index) => {
      const place = Math.floor(index * ratio) + 1;
      return sample !== 0 && Math.abs(sample - place) > (ratio === 1 ? 0 : 1);
    });
    expect(wrong).toEqual([]);
    const total = (50 * PACKET) / ratio / FRAME;
    expect(frames.length).toBeGreaterThanOrEqual(Math.floor(total));
    expect(frames.length).toBeLessThanOrEqual(Math.ceil(total));
    // All is heard but the packet that failed, the frame it was in, and the silence up to the next one.
    const lost = sounds.filter((sample) => sample === undefined || sample === 0).length;
    const perFailure = PACKET / ratio + 2 * FRAME;
    expect(lost).toBeLessThanOrEqual(world.failsAt.length * perFailure + FRAME);
    expect(failures).toHaveLength(world.failsAt.length);
    expect(failures[0]).toBeInstanceOf(wasm.RuntimeError);
    expect(made.every(({ isOpen }) => !isOpen)).toBe(true);
  });

  it('fills the stream up with silence when the last frames cannot be had', () => {
    const { frames, failures, made, run, flush } = setup({
      ...PLAIN,
      failsToFlush: true,
      failsAt: [16],
    });

    run(16);
    flush();

    expect(silentFrames(frames)).toBe(1);
    expect(frames).toHaveLength(5);
    expect(failures).toHaveLength(1);
    expect(made).toEqual([{ isOpen: false }]);
  });

  it('gives up at the sixth failure within a minute, with its cause', () => {
    const { encoder, failures, made, run } = setup({ ...PLAIN, failsAt: [1, 2, 3, 4, 5, 1500] });

    run(1499);
    expect(failures).toHaveLength(5);
    expect(() => run(1)).toThrow(EncoderGaveUpError);
    encoder.close();

    expect(made).toHaveLength(6);
    expect(made.every(({ isOpen }) => !isOpen)).toBe(true);
  });

  it('goes on after failures that are further apart', () => {
    const apart = [1, 400, 800, 1200, 1503, 1904, 2305];
    const { failures, run } = setup({ ...PLAIN, failsAt: apart });

    run(2400);

    expect(failures).toHaveLength(7);
  });

  it('does nothing once it is closed', () => {
    const { encoder, frames, made, run, flush } = setup(PLAIN);
    run(10);
    encoder.close();

    run(10);
    flush();

    expect(frames).toHaveLength(3);
    expect(made).toHaveLength(1);
  });
});
