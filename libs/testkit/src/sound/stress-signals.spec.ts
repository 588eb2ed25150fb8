import { describe, expect, it } from 'vitest';
import { STRESS_SIGNALS, stressPcm } from './stress-signals.ts';

const OPTIONS = { sampleRate: 8000, channels: 2, samples: 4000, seed: 3 } as const;

function channelOf(pcm: Int16Array, channel: number): Int16Array {
  return pcm.filter((_, at) => at % 2 === channel);
}

describe('stressPcm', () => {
  it('makes every signal anew from its seed', () => {
    for (const signal of STRESS_SIGNALS) {
      expect(stressPcm(signal, OPTIONS), signal).toEqual(stressPcm(signal, OPTIONS));
    }
    expect(stressPcm('random gain', OPTIONS)).not.toEqual(
      stressPcm('random gain', { ...OPTIONS, seed: 4 }),
    );
  });

  it('makes no two signals alike', () => {
    const all = STRESS_SIGNALS.map((signal) => stressPcm(signal, OPTIONS).join());

    expect(new Set(all)).toHaveLength(STRESS_SIGNALS.length);
  });

  it('goes to both ends of the scale, and nowhere in silence', () => {
    const bits = stressPcm('full-scale bits', OPTIONS);

    expect(new Set(bits)).toEqual(new Set([32_767, -32_768]));
    expect(new Set(stressPcm('silence', OPTIONS))).toEqual(new Set([0]));
    expect(stressPcm('impulses', OPTIONS).filter((sample) => sample === 0).length).toBeGreaterThan(
      7000,
    );
  });

  it.each(['dtmf', 'random gain', 'sweep', 'attacks', 'square'] as const)(
    'gives the channels of %s sounds of their own, the first as in mono',
    (signal) => {
      const pair = stressPcm(signal, OPTIONS);

      expect(channelOf(pair, 0)).not.toEqual(channelOf(pair, 1));
      expect(channelOf(pair, 0)).toEqual(stressPcm(signal, { ...OPTIONS, channels: 1 }));
    },
  );
});
