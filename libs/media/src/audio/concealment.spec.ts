import { describe, expect, it } from 'vitest';
import { SeededRandom, tone, toneShare, voice } from '#testkit';
import { Concealment } from './concealment.ts';

const RATE = 8000;
const NOTHING = { samples: new Int16Array(0), distance: 0 };
const SEED = 20_261_122;

type Sound = (index: number) => number;

/** From 300 to 1500 Hz within a second. */
const sweep: Sound = (index) => {
  const seconds = index / RATE;
  return 8000 * Math.sin(2 * Math.PI * (300 * seconds + 600 * seconds ** 2));
};

const cut = (sound: Sound, fromMs: number, ms: number, rate = RATE): Int16Array =>
  Int16Array.from({ length: (ms * rate) / 1000 }, (_, i) =>
    Math.round(sound((fromMs * rate) / 1000 + i)),
  );

interface HolePlan {
  readonly sound: Sound;
  readonly fromMs: number;
  readonly ms: number;
  /** Whether the packet behind has come when its turn is near. */
  readonly isFollowed: boolean;
}

/** Plays packets of 20 ms with a hole; a second of sound in all. */
function playHole({ sound, fromMs, ms, isFollowed }: HolePlan): Int16Array {
  const concealment = new Concealment(RATE, 1);
  const heard = new Int16Array(RATE);
  for (let atMs = 0; atMs < 1000; atMs += 20) {
    const packet = cut(sound, atMs, 20);
    if (atMs >= fromMs && atMs < fromMs + ms) {
      const isLast = atMs + 20 >= fromMs + ms;
      const samples = cut(sound, atMs + 20, 20);
      concealment.invent(packet, isLast && isFollowed ? { samples, distance: 0 } : NOTHING);
    } else {
      concealment.accept(packet);
    }
    heard.set(packet, (atMs * RATE) / 1000);
  }
  return heard;
}

/** The largest bend between neighbours, within 5 ms of `atMs`: a click is one that the sound itself has not. */
function bendAt(samples: Int16Array, atMs: number): number {
  let bend = 0;
  const middle = (atMs * RATE) / 1000;
  for (let i = middle - 40; i < middle + 40; i++) {
    const [before = 0, at = 0, after = 0] = samples.subarray(i - 1, i + 2);
    bend = Math.max(bend, Math.abs(after - 2 * at + before));
  }
  return bend;
}

const rms = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);

describe('the concealment of a hole', () => {
  const sounds: [string, Sound][] = [
    ['a tone', tone(440)],
    ['a sweep', sweep],
    ['a voice', voice(new SeededRandom(SEED))],
  ];
  const holes = sounds.flatMap(([name, sound]) =>
    [20, 40, 60, 100].flatMap((ms) =>
      [true, false].map((isFollowed) => ({ name, sound, ms, isFollowed })),
    ),
  );

  it.each(holes)('does not click: $name, $ms ms, known behind: $isFollowed', (hole) => {
    const clean = cut(hole.sound, 0, 1000);
    const ownBend = Math.max(...Array.from({ length: 46 }, (_, i) => bendAt(clean, 40 + 20 * i)));

    for (const fromMs of [200, 460, 700]) {
      const heard = playHole({ ...hole, fromMs });

      // Full scale less 30 dB, above what the sound does by itself.
      expect(bendAt(heard, fromMs)).toBeLessThan(ownBend + 1036);
      expect(bendAt(heard, fromMs + hole.ms)).toBeLessThan(ownBend + 1036);
    }
  });

  it('goes on with a tone so that nothing but the tone is heard', () => {
    const heard = playHole({ sound: tone(440), fromMs: 400, ms: 20, isFollowed: true });

    expect(toneShare(heard.subarray(380 * 8, 440 * 8), 440, RATE)).toBeGreaterThan(0.99);
    expect(rms(heard.subarray(400 * 8, 420 * 8))).toBeGreaterThan(0.85 * (8000 / Math.SQRT2));
  });

  it('keeps full loudness for 10 ms, then loses a fifth of it every 10 ms', () => {
    const heard = playHole({ sound: tone(400), fromMs: 400, ms: 100, isFollowed: false });
    const share = (ms: number): number =>
      rms(heard.subarray((400 + ms) * 8, (405 + ms) * 8)) / (8000 / Math.SQRT2);

    expect(share(2.5)).toBeCloseTo(1, 1);
    expect(share(17.5)).toBeCloseTo(0.8, 1);
    expect(share(37.5)).toBeCloseTo(0.4, 1);
    expect(share(52.5)).toBeCloseTo(0.1, 1);
    expect(heard.subarray(460 * 8, 500 * 8).every((sample) => sample === 0)).toBe(true);
  });

  it('rises again before the sound behind a long hole', () => {
    const heard = playHole({ sound: tone(400), fromMs: 400, ms: 100, isFollowed: true });

    expect(heard.subarray(460 * 8, 480 * 8).every((sample) => sample === 0)).toBe(true);
    expect(rms(heard.subarray(495 * 8, 500 * 8))).toBeGreaterThan(0.9 * (8000 / Math.SQRT2));
  });

  it('says how much it has invented', () => {
    const concealment = new Concealment(RATE, 1);
    concealment.accept(cut(tone(440), 0, 100));

    const counts = Array.from({ length: 5 }, () =>
      concealment.invent(new Int16Array(160), NOTHING),
    );

    expect(counts).toEqual([160, 160, 160, 0, 0]);
  });

  it('invents the same in one piece and in two', () => {
    const sound = voice(new SeededRandom(SEED));
    const samples = cut(sound, 220, 20);
    const [whole, halves] = [new Int16Array(160), new Int16Array(160)];
    const [one, two] = [new Concealment(RATE, 1), new Concealment(RATE, 1)];
    for (const concealment of [one, two]) concealment.accept(cut(sound, 100, 100));

    one.invent(whole, { samples, distance: 0 });
    two.invent(halves.subarray(0, 60), { samples, distance: 100 });
    two.invent(halves.subarray(60), { samples, distance: 0 });

    expect(halves).toEqual(whole);
  });

  it('leaves the sound behind a hole as it is when it was known', () => {
    const concealment = new Concealment(RATE, 1);
    const packet = cut(tone(440), 120, 20);
    concealment.accept(cut(tone(440), 0, 100));
    concealment.invent(new Int16Array(160), { samples: packet.slice(), distance: 0 });

    concealment.accept(packet);

    expect(packet).toEqual(cut(tone(440), 120, 20));
  });

  it('keeps two channels apart, at any rate', () => {
    const rate = 48_000;
    const stereo = (fromMs: number, ms: number): Int16Array =>
      Int16Array.from({ length: (ms * rate * 2) / 1000 }, (_, i) => {
        const seconds = ((fromMs * rate) / 1000 + Math.floor(i / 2)) / rate;
        return 8000 * Math.sin(2 * Math.PI * seconds * (i % 2 === 0 ? 300 : 500));
      });
    const concealment = new Concealment(rate, 2);
    concealment.accept(stereo(0, 100));
    const hole = new Int16Array(960 * 2);

    const invented = concealment.invent(hole, { samples: stereo(120, 20), distance: 0 });

    expect(invented).toBe(960);
    expect(
      toneShare(
        hole.filter((_, i) => i % 2 === 0),
        300,
        rate,
      ),
    ).toBeGreaterThan(0.95);
    expect(
      toneShare(
        hole.filter((_, i) => i % 2 === 1),
        500,
        rate,
      ),
    ).toBeGreaterThan(0.95);
  });
});

describe('a pause of the sender', () => {
  it('lets the sound before it die away within 10 ms, then is silent', () => {
    const concealment = new Concealment(RATE, 1);
    const before = cut(tone(440), 0, 97);
    concealment.accept(before);
    const pause = new Int16Array(800).fill(1);

    concealment.pause(pause.subarray(0, 400));
    concealment.pause(pause.subarray(400));

    const heard = Int16Array.from([...before, ...pause]);
    expect(bendAt(heard, 97)).toBeLessThan(bendAt(heard, 50) + 300);
    expect(bendAt(heard, 107)).toBeLessThan(bendAt(heard, 50) + 300);
    expect(pause.subarray(80).every((sample) => sample === 0)).toBe(true);
  });

  it('lets the sound behind it begin softly', () => {
    const concealment = new Concealment(RATE, 1);
    concealment.accept(cut(tone(440), 0, 100));
    concealment.pause(new Int16Array(800));
    const loud = new Int16Array(160).fill(8000);

    concealment.accept(loud);

    expect(loud[0]).toBeLessThan(400);
    expect(loud.subarray(32).every((sample) => sample === 8000)).toBe(true);
  });

  it('does not touch the very first sound', () => {
    const concealment = new Concealment(RATE, 1);
    concealment.pause(new Int16Array(160));
    const loud = new Int16Array(160).fill(8000);

    concealment.accept(loud);

    expect(loud.every((sample) => sample === 8000)).toBe(true);
  });
});
