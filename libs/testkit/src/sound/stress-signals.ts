import type { RandomSource } from '#foundation';
import { SeededRandom } from '../seeded-random.ts';

const FULL_SCALE = 32_767;

/** What to make; lengths are samples per channel. */
export interface StressOptions {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly samples: number;
  readonly seed: number;
}

/** One channel of a signal: called once for each sample, in order. Full scale is 1; what is beyond is clipped. */
type Generator = (index: number) => number;

interface Voice {
  readonly random: RandomSource;
  readonly sampleRate: number;
  readonly samples: number;
  /** 0 or 1: the channels of a pair differ. */
  readonly channel: number;
}

type Maker = (voice: Voice) => Generator;

/** Evenly spread over -1 to 1. */
function noiseOf(random: RandomSource): number {
  return (2 * random.below(65_536)) / 65_535 - 1;
}

function sine(hertz: number, { sampleRate }: Voice): Generator {
  return (index) => Math.sin((2 * Math.PI * hertz * index) / sampleRate);
}

function scaled(gain: number, generator: Generator): Generator {
  return (index) => gain * generator(index);
}

function sum(...generators: readonly Generator[]): Generator {
  return (index) => generators.reduce((total, generator) => total + generator(index), 0);
}

/** Milliseconds since the sound began. */
function milliseconds(index: number, { sampleRate }: Voice): number {
  return (1000 * index) / sampleRate;
}

const noise: Maker =
  ({ random }) =>
  () =>
    noiseOf(random);

/** The keys of a telephone one after the other, 100 ms each with 60 ms between them (ITU-T Q.23). */
const dtmf: Maker = (voice) => {
  const rows = [697, 770, 852, 941];
  const columns = [1209, 1336, 1477, 1633];
  const tones = (table: readonly number[]) => table.map((hertz) => sine(hertz, voice));
  const [low, high] = [tones(rows), tones(columns)];
  return (index) => {
    const time = milliseconds(index, voice);
    if (time % 160 >= 100) return 0;
    const key = Math.floor(time / 160) + 5 * voice.channel;
    return 0.4 * ((low[key & 3]?.(index) ?? 0) + (high[(key >> 2) & 3]?.(index) ?? 0));
  };
};

/** From 20 Hz to the end of the band and back within a second. */
const sweep: Maker = ({ sampleRate, channel }) => {
  let phase = 0;
  return (index) => {
    const at = ((index / sampleRate + 0.5 * channel) % 1) * 2;
    const share = at < 1 ? at : 2 - at;
    phase += (2 * Math.PI * (20 + share * (sampleRate / 2 - 20))) / sampleRate;
    return 0.9 * Math.sin(phase);
  };
};

/** Noise and tones whose loudness jumps over 90 dB every few milliseconds. */
const randomGain: Maker = (voice) => {
  const { random, sampleRate } = voice;
  const tone = sine(1000 + 300 * voice.channel, voice);
  let gain = 1;
  let left = 0;
  let share = 0;
  return (index) => {
    if (left === 0) {
      gain = 10 ** (-random.below(91) / 20);
      share = random.below(3) / 2;
      left = 1 + random.below(Math.ceil(0.05 * sampleRate));
    }
    left -= 1;
    return 2 * gain * (share * tone(index) + (1 - share) * noiseOf(random));
  };
};

/** Struck out of near silence: what pre-echo is heard of. */
const attacks: Maker = (voice) => {
  const { random } = voice;
  const tone = sine(1800, voice);
  return (index) => {
    const age = milliseconds(index, voice) % (140 + 37 * voice.channel);
    const loudness = age < 60 ? 0.001 : 0.9 * Math.exp((60 - age) / 12);
    return loudness * (0.5 * noiseOf(random) + 0.5 * tone(index));
  };
};

const impulses: Maker = (voice) => {
  const { random, sampleRate } = voice;
  let next = 0;
  return (index) => {
    if (index < next) return 0;
    next = index + 1 + random.below(Math.ceil(0.06 * sampleRate));
    return random.below(2) === 0 ? 1.01 : -1.01;
  };
};

const MAKERS = {
  silence: () => () => 0,
  /** What comes of G.711 when nobody speaks: the smallest steps of the A-law, at random. */
  'g711 zero':
    ({ random }) =>
    () =>
      (8 * (2 * random.below(2) - 1)) / FULL_SCALE,
  'one lsb':
    ({ random }) =>
    () =>
      (random.below(3) - 1) / FULL_SCALE,
  'full-scale noise': (voice) => scaled(1.2, noise(voice)),
  'quiet noise': (voice) => scaled(0.001, noise(voice)),
  'full-scale bits':
    ({ random }) =>
    () =>
      random.below(2) === 0 ? 1.01 : -1.01,
  square: (voice) => {
    const tone = sine(431 + 100 * voice.channel, voice);
    return (index) => (tone(index) < 0 ? -1.01 : 1.01);
  },
  alternating: () => (index) => (index % 2 === 0 ? 1.01 : -1.01),
  tones: (voice) =>
    sum(
      ...[220, 440 + voice.channel, 1000, 1700, 2600, 3300].map((hertz) =>
        scaled(0.15, sine(hertz, voice)),
      ),
    ),
  'full-scale tone': (voice) => scaled(1.01, sine(1000 + 7 * voice.channel, voice)),
  'highest tone': (voice) => sine(0.497 * voice.sampleRate, voice),
  dtmf,
  impulses,
  'gated noise': (voice) => {
    const { random } = voice;
    return (index) => (milliseconds(index, voice) % 170 < 60 ? 0.9 * noiseOf(random) : 0);
  },
  dc: () => () => 1.01,
  'dc steps': (voice) => (index) =>
    Math.floor(milliseconds(index, voice) / 90) % 2 === voice.channel ? 1.01 : -1.01,
  sweep,
  'random gain': randomGain,
  attacks,
  'all at once': (voice) => {
    const parts = [dtmf, sweep, randomGain, attacks, impulses].map((make) => make(voice));
    return (index) => {
      const part = Math.floor((parts.length * index) / Math.max(1, voice.samples));
      return parts[Math.min(part, parts.length - 1)]?.(index) ?? 0;
    };
  },
} as const satisfies Readonly<Record<string, Maker>>;

/** What telephones, tests and attackers send and coders stumble over. */
export type StressSignal = keyof typeof MAKERS;

/** All of them. */
export const STRESS_SIGNALS = Object.keys(MAKERS) as readonly StressSignal[];

/** 16-bit PCM of a signal, two channels interleaved and not alike; the same for the same options. */
export function stressPcm(signal: StressSignal, options: StressOptions): Int16Array {
  const { channels, samples, seed, sampleRate } = options;
  const pcm = new Int16Array(samples * channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const random = new SeededRandom(2 * seed + channel);
    const next = MAKERS[signal]({ random, sampleRate, samples, channel });
    for (let index = 0; index < samples; index += 1) {
      const value = Math.round(FULL_SCALE * next(index));
      pcm[index * channels + channel] = Math.min(32_767, Math.max(-32_768, value));
    }
  }
  return pcm;
}
