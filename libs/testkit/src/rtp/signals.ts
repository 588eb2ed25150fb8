import type { RandomSource } from '#foundation';

/** A signal: 16-bit sample number `index` of it, counted for each channel. */
export type Signal = (index: number, channel?: number) => number;

const NARROWBAND_RATE = 8000;
const BEEP_HZ = 1000;
const BEEP_MS = 100;

/** A sine. */
export function tone(frequencyHz: number, amplitude = 8000, sampleRate = NARROWBAND_RATE): Signal {
  return (index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRate));
}

/** A call's own: two tones all the time, and a beep of 1 kHz for 100 ms at the start of every second. */
export function callSign(
  [firstHz, secondHz]: readonly [number, number],
  sampleRate = NARROWBAND_RATE,
): Signal {
  const first = tone(firstHz, 4000, sampleRate);
  const second = tone(secondHz, 4000, sampleRate);
  const beep = tone(BEEP_HZ, 12_000, sampleRate);
  const beepSamples = (BEEP_MS * sampleRate) / 1000;
  return (index) =>
    first(index) + second(index) + (index % sampleRate < beepSamples ? beep(index) : 0);
}

/** Samples again and again, such as speech. */
export function repeated(samples: Int16Array): Signal {
  return (index) => samples[index % samples.length] ?? 0;
}

/** One signal for each channel. */
export function channelsOf(signals: readonly Signal[]): Signal {
  return (index, channel = 0) => signals[channel]?.(index) ?? 0;
}

/** Something like a voice at 8 kHz: a buzz of harmonics in syllables, with pauses, and a little noise. */
export function voice(random: RandomSource, amplitude = 9000): Signal {
  const noise = Float64Array.from({ length: NARROWBAND_RATE }, () => random.below(2001) / 1000 - 1);
  return (index) => {
    const seconds = index / NARROWBAND_RATE;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * seconds)) ** 2;
    const pitch = 2 * Math.PI * (120 * seconds + 0.8 * Math.sin(2 * Math.PI * 1.3 * seconds));
    let sum = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic++) {
      const formant = 1 / (1 + ((harmonic - 5 - 3 * Math.sin(seconds * 5)) / 2) ** 2);
      sum += (formant + 0.1) * Math.sin(harmonic * pitch);
    }
    const hiss = (noise[index % noise.length] ?? 0) * 0.05;
    return Math.round(amplitude * (syllable * sum * 0.3 + hiss));
  };
}
