import { describe, expect, it } from 'vitest';
import { micros } from '#foundation';
import { chain } from '../stage.ts';
import type { Sink } from '../stage.ts';
import { muteAudio } from './mute-audio.ts';
import type { PcmFrame } from './pcm.ts';

const FRAME = 160;
const AMPLITUDE = 10_000;

/** What comes out of a tone of 200 Hz at 8 kHz, with the frames at which the switch is turned. */
function play(frames: number, turns: ReadonlyMap<number, boolean>, channels: 1 | 2 = 1): number[] {
  const heard: number[] = [];
  const end: Sink<PcmFrame> = {
    write: (frame) => void heard.push(...frame),
    tick: () => undefined,
    end: () => undefined,
    describe: () => 'end',
  };
  const mute = { isMuted: false };
  const stage = chain<PcmFrame>().to(muteAudio(mute, channels)).into(end);
  for (let frame = 0; frame < frames; frame++) {
    mute.isMuted = turns.get(frame) ?? mute.isMuted;
    const tone = Int16Array.from({ length: FRAME * channels }, (_, i) => {
      const at = frame * FRAME + Math.floor(i / channels);
      return Math.round(AMPLITUDE * Math.sin((2 * Math.PI * 200 * at) / 8_000));
    });
    stage.write(tone);
    stage.tick(micros(frame * 20_000));
  }
  return heard;
}

/** The largest step from one sample to the next: a click would be larger than any of the tone. */
const largestStep = (samples: readonly number[]): number =>
  samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i - 1] ?? 0))), 0);

describe('a mute', () => {
  const muted = new Map([
    [3, true],
    [6, false],
  ]);

  it('leaves what was before and behind it as it came, and the length as it is', () => {
    const all = play(10, new Map());
    const some = play(10, muted);

    expect(some).toHaveLength(all.length);
    expect(some.slice(0, 3 * FRAME)).toEqual(all.slice(0, 3 * FRAME));
    expect(some.slice(7 * FRAME)).toEqual(all.slice(7 * FRAME));
  });

  it('is digital silence between its ramps', () => {
    const middle = play(10, muted).slice(4 * FRAME, 6 * FRAME);

    expect(new Set(middle)).toEqual(new Set([0]));
  });

  it('goes down and up without a click', () => {
    expect(largestStep(play(10, muted))).toBeLessThanOrEqual(largestStep(play(10, new Map())));
  });

  it('ramps both channels alike', () => {
    const samples = play(10, muted, 2);

    const left = samples.filter((_, i) => i % 2 === 0);
    expect(samples.filter((_, i) => i % 2 === 1)).toEqual(left);
    expect(largestStep(left)).toBeLessThanOrEqual(largestStep(play(10, new Map())));
  });
});
