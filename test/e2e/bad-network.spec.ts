import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SeededRandom, UdpRelay, callSign } from '#testkit';
import type { SippCallee } from '#testkit';
import { until } from '../support/until.ts';
import { beepsOf, judge, median, toneShares, untilHeard } from './support/recording.ts';
import { answer, untilBye } from './support/session-script.ts';
import { Stage } from './support/stage.ts';
import { ToneSender } from './support/tone-sender.ts';

const SEED = 20_261_125;
const TONES = [500, 2300] as const;
const BEEP_COUNT = 6;
/** How far a second may be from its place; where the machine has paused for longer, so long and what the network adds. */
const MOST_OFF_MS = 120;
const NETWORK_MS = 40;
const USUALLY_OFF_MS = 20;
/** Of the sound each tone is half, but for the beeps; a mean does not ask where in the windows they lie. */
const LEAST_TONE = 0.35;

/** How late the beats of the worker were at most since the last look. */
async function largestLatenessMs(stage: Stage): Promise<number> {
  const figures = await stage.workerMetrics('worker-1');
  const seconds = /^callcast_metronome_lateness_seconds\{[^}]*quantile="1"[^}]*\} (\S+)$/m.exec(
    figures,
  )?.[1];
  return Number(seconds) * 1000;
}

/** Where the caller wants its media, when its INVITE has come. */
async function offeredPort(callee: SippCallee): Promise<number> {
  const find = (): string | undefined => /^m=audio (\d+) /m.exec(callee.messages())?.[1];
  await until(() => find() !== undefined, 'an INVITE');
  return Number(find());
}

describe('a call over a bad network', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  it('M1: through 5 % loss, jitter and overtaking every second is in its place, and the sound is its own', async () => {
    const sender = await ToneSender.open({
      toneHz: TONES[0],
      codec: 'PCMU',
      signal: callSign(TONES),
    });
    onTestFinished(() => sender.close());
    const relay = await UdpRelay.open({
      random: new SeededRandom(SEED),
      lossShare: 0.05,
      reorderShare: 0.02,
      duplicateShare: 0.02,
      jitterMs: 10,
    });
    onTestFinished(() => relay.close());
    const steps = answer({ version: 1, port: relay.port, codec: 'PCMU' }) + untilBye;
    const callee = await stage.callee({ behaviour: { type: 'script', steps } });

    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'lossy' }],
    });
    relay.connect(await offeredPort(callee));
    await largestLatenessMs(stage);
    sender.start(relay.port);
    await stage.untilLive(id);
    const recording = (): string => stage.recordingsOf('lossy').at(-1) ?? '';
    await untilHeard(recording, (samples) => beepsOf(samples).length > BEEP_COUNT);
    const pausedMs = sender.largestLatenessMs + (await largestLatenessMs(stage));
    await stage.hangUp(id);
    await stage.untilEnded(id);

    const found = await judge(recording());
    const { audio } = await stage.stats(id);
    expect(audio.lost, `seed ${SEED}`).toBeGreaterThan(5);
    // The sender goes on when the call has ended.
    expect(audio.lost, `seed ${SEED}`).toBeLessThanOrEqual(relay.ledger().lostCount);
    expect(found.complaints).toBe('');
    expect(found.backwardSteps).toBe(0);
    expect(found.largestGapMs).toBeLessThan(30);
    const beeps = beepsOf(found.samples);
    const offBy = beeps.slice(1).map((atMs, index) => Math.abs(atMs - (beeps[index] ?? 0) - 1000));
    expect(beeps.length).toBeGreaterThanOrEqual(BEEP_COUNT);
    const mostOffMs = Math.max(MOST_OFF_MS, pausedMs + NETWORK_MS);
    expect(Math.max(...offBy), `seed ${SEED}, paused ${pausedMs} ms`).toBeLessThanOrEqual(
      mostOffMs,
    );
    expect(median(offBy), `seed ${SEED}`).toBeLessThanOrEqual(USUALLY_OFF_MS);
    for (const toneHz of TONES) {
      const shares = toneShares(found.samples, toneHz);
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      expect(mean, `seed ${SEED}, ${toneHz} Hz`).toBeGreaterThan(LEAST_TONE);
    }
  });
});
