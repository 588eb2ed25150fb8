import { PCMU } from '#protocol/g711';
import { SeededRandom, makeSpeech } from '#testkit';

/** What is encoded and compared, one channel. */
export interface Material {
  readonly name: string;
  readonly sampleRate: number;
  /** The end of its band. */
  readonly toHz: number;
  readonly pcm: Int16Array;
}

const TEXT =
  'The quick brown fox jumps over the lazy dog. She sells six fresh sea shells, and sings to Charles. ' +
  'The soft cushion broke the fall of the man. It is easy to tell the depth of a well.';
/** Just below 2^18 samples at 44.1 kHz: transforms of the judge stay small. */
const SECONDS = 5.9;
/** Peak of the noise of a quiet room, in 16-bit units. */
const ROOM_NOISE = 20;

/** Speech in a room, as G.711 brings it. */
export async function telephoneSpeech(): Promise<Int16Array> {
  return throughG711(await speech(8000));
}

/** All that the qualities are compared on. */
export async function materials(): Promise<readonly Material[]> {
  return [
    { name: 'speech', sampleRate: 8000, toHz: 3700, pcm: await telephoneSpeech() },
    { name: 'music', sampleRate: 8000, toHz: 3700, pcm: throughG711(music(8000, 3600)) },
    { name: 'wideband speech', sampleRate: 16_000, toHz: 7000, pcm: await speech(16_000) },
    { name: 'full band', sampleRate: 48_000, toHz: 12_000, pcm: music(48_000, 16_000) },
  ];
}

async function speech(sampleRate: number): Promise<Int16Array> {
  const said = await makeSpeech(TEXT, sampleRate);
  const random = new SeededRandom(11);
  return Int16Array.from({ length: SECONDS * sampleRate }, (_, at) =>
    Math.round(0.7 * (said[at % said.length] ?? 0) + random.below(2 * ROOM_NOISE + 1) - ROOM_NOISE),
  );
}

function throughG711(pcm: Int16Array): Int16Array {
  const codes = new Uint8Array(pcm.length);
  const heard = new Int16Array(pcm.length);
  PCMU.encode(pcm, codes);
  PCMU.decode(codes, heard);
  return heard;
}

/** Two strings struck every quarter of a second that die away, high harmonics first, and a brushed cymbal. */
function music(sampleRate: number, toHz: number): Int16Array {
  const roots = [220, 277.2, 329.6, 247, 196];
  const random = new SeededRandom(5);
  return Int16Array.from({ length: SECONDS * sampleRate }, (_, at) => {
    const seconds = at / sampleRate;
    const beat = Math.floor(4 * seconds);
    const age = seconds - beat / 4;
    let sum = 0;
    for (const root of [roots[beat % 5] ?? 220, 1.5 * (roots[(beat + 2) % 5] ?? 220)]) {
      for (let harmonic = 1; harmonic * root < toHz; harmonic += 1) {
        const phase = 2 * Math.PI * root * harmonic * seconds + harmonic;
        sum += (Math.sin(phase) * Math.exp(-age * (2 + harmonic))) / harmonic;
      }
    }
    const brushed = Math.exp(-40 * age) * (random.below(2001) / 10_000 - 0.1);
    return Math.round(6000 * Math.min(1, 300 * age) * (sum + brushed));
  });
}
