import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { MediaWatch, mediaLimitsOf } from './media-watch.ts';
import type { MediaReading } from './media-watch.ts';

const LIMITS = {
  firstPacketMs: 30_000,
  gapMs: 15_000,
  silenceMs: 10_000,
  onTimeout: 'end',
} as const;
const TALK = -20;
const HUSH = -51;

/** One reading per second; what is told comes out with the second it is told in. */
function play(seconds: number, at: (second: number) => Partial<Sound>, watch = watchAt0()) {
  const told: unknown[] = [];
  let lastPacketAt: MediaReading['lastPacketAt'];
  for (let second = 1; second <= seconds; second++) {
    const { hasPackets = true, levelDbfs = TALK, clippedShare = 0, isHeld = false } = at(second);
    const now = microsFromMs(second * 1_000);
    if (hasPackets) lastPacketAt = microsFromMs(second * 1_000 - 5);
    if (isHeld) watch.restart(now);
    else
      for (const { type, data } of watch.check({ lastPacketAt, levelDbfs, clippedShare }, now))
        told.push([second, type.replace('media.', ''), data]);
  }
  return told;
}

interface Sound {
  readonly hasPackets: boolean;
  readonly levelDbfs: number;
  readonly clippedShare: number;
  readonly isHeld: boolean;
}

const watchAt0 = (limits: ConstructorParameters<typeof MediaWatch>[0] = LIMITS): MediaWatch =>
  new MediaWatch(limits, microsFromMs(0));
const STOPPED = { hasPackets: false, levelDbfs: -127 };
/** Longer than any run here. */
const PATIENT = { ...LIMITS, silenceMs: 3_600_000 };

describe('a watch on packets', () => {
  it('tells after 30 s when none has ever come', () => {
    expect(play(40, () => STOPPED, watchAt0(PATIENT))).toEqual([
      [30, 'timeout', { seconds: 30, hadBegun: false, action: 'end' }],
    ]);
  });

  it('tells 15 s after the last one, to within a second', () => {
    const told = play(60, (second) => (second <= 20 ? {} : STOPPED), watchAt0(PATIENT));

    expect(told).toEqual([[35, 'timeout', { seconds: 15, hadBegun: true, action: 'end' }]]);
  });

  it('takes what came before the answer for no beginning', () => {
    const watch = new MediaWatch(PATIENT, microsFromMs(100_000));
    const reading = { levelDbfs: TALK, clippedShare: 0, lastPacketAt: microsFromMs(99_000) };

    expect(watch.check(reading, microsFromMs(116_000))).toEqual([]);
    expect(watch.check(reading, microsFromMs(130_000))).toMatchObject([
      { type: 'media.timeout', data: { hadBegun: false } },
    ]);
  });

  it('does not count while the call is held, and begins anew behind it', () => {
    const told = play(
      100,
      (second) => ({ ...(second <= 10 ? {} : STOPPED), isHeld: second > 20 && second <= 60 }),
      watchAt0(PATIENT),
    );

    expect(told).toEqual([[75, 'timeout', { seconds: 15, hadBegun: true, action: 'end' }]]);
  });

  it('tells when they are back, and of the next time', () => {
    const told = play(
      100,
      (second) => (second <= 10 || (second > 40 && second <= 50) ? {} : STOPPED),
      watchAt0({ ...PATIENT, onTimeout: 'keep' }),
    );

    expect(told).toEqual([
      [25, 'timeout', { seconds: 15, hadBegun: true, action: 'keep' }],
      [41, 'resumed', { after: 'timeout', seconds: 16 }],
      [65, 'timeout', { seconds: 15, hadBegun: true, action: 'keep' }],
    ]);
  });
});

describe('a watch on the level', () => {
  it('tells of ten seconds below -50 dBFS, and of the end of them', () => {
    const told = play(60, (second) => (second > 10 && second <= 40 ? { levelDbfs: HUSH } : {}));

    expect(told).toEqual([
      [21, 'silent', { seconds: 10 }],
      [41, 'resumed', { after: 'silence', seconds: 30 }],
    ]);
  });

  it('tells nothing of pauses in speech, and nothing of -50 dBFS', () => {
    expect(play(120, (second) => ({ levelDbfs: second % 10 === 0 ? TALK : HUSH }))).toEqual([]);
    expect(play(60, () => ({ levelDbfs: -50 }))).toEqual([]);
  });

  it('does not take a held call for a silent one', () => {
    const held = play(60, (second) => ({ levelDbfs: HUSH, isHeld: second > 5 && second <= 40 }));

    expect(held).toEqual([[51, 'silent', { seconds: 10 }]]);
  });
});

describe('a watch on clipping', () => {
  it('tells once per stretch, which ten clean seconds end', () => {
    const isClipped = (second: number): boolean =>
      (second >= 5 && second <= 30 && second % 3 === 0) || second === 41;

    const told = play(60, (second) => (isClipped(second) ? { clippedShare: 0.0123 } : {}));

    expect(told).toEqual([
      [6, 'clipping', { percent: 1.2 }],
      [41, 'clipping', { percent: 1.2 }],
    ]);
  });

  it('does not mind a few samples', () => {
    expect(play(10, () => ({ clippedShare: 7 / 8_000 }))).toEqual([]);
  });
});

describe('the limits of a call', () => {
  it('that was stored before they could be chosen are the usual ones', () => {
    const limits = { ringSeconds: 60, maxSeconds: 100, mediaTimeoutSeconds: 20 };
    const audio = { codecs: [], sampleRate: 44100, bitrateKbps: 64 } as const;
    const spec = {
      to: 'sip:a@b',
      from: {},
      media: { direction: 'recvonly', audio },
      limits,
    } as const;

    expect(mediaLimitsOf(spec)).toEqual({
      firstPacketMs: 20_000,
      gapMs: 15_000,
      silenceMs: 10_000,
      onTimeout: 'end',
    });
  });
});
