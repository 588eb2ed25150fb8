import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SippCallee } from '#testkit';
import { judge, soundsOf } from './support/recording.ts';
import {
  answer,
  pause,
  reinvite,
  reinviteWithoutOffer,
  respond,
  untilBye,
  update,
} from './support/session-script.ts';
import { Stage } from './support/stage.ts';
import { ToneSender } from './support/tone-sender.ts';
import type { ToneSenderOptions } from './support/tone-sender.ts';
import { until } from '../support/until.ts';

const TONES = {
  early: { toneHz: 300, codec: 'PCMU' },
  answered: { toneHz: 500, codec: 'PCMU' },
  otherCodec: { toneHz: 800, codec: 'PCMA' },
  updated: { toneHz: 1_100, codec: 'PCMU' },
  lateOffer: { toneHz: 1_400, codec: 'PCMA' },
} as const satisfies Record<string, ToneSenderOptions>;

const SECOND = pause(1_000);
const PHASE = pause(2_000);

/** All tones sound all the time, each from a port of its own: what is heard is what the session agrees on. */
async function openSenders() {
  const [early, answered, otherCodec, updated, lateOffer] = await Promise.all([
    ToneSender.open(TONES.early),
    ToneSender.open(TONES.answered),
    ToneSender.open(TONES.otherCodec),
    ToneSender.open(TONES.updated),
    ToneSender.open(TONES.lateOffer),
  ]);
  const senders = { early, answered, otherCodec, updated, lateOffer };
  onTestFinished(() => {
    for (const sender of Object.values(senders)) sender.close();
  });
  return senders;
}

/** Where the caller wants its media, when its INVITE has come. */
async function offeredPort(callee: SippCallee): Promise<number> {
  const find = (): string | undefined => /^m=audio (\d+) /m.exec(callee.messages())?.[1];
  await until(() => find() !== undefined, 'an INVITE');
  return Number(find());
}

/** The `o=` lines of the caller, as they came. */
const origins = (callee: SippCallee): { session: string; version: number }[] =>
  [...callee.messages().matchAll(/^o=- (\d+) (\d+) /gm)].map(([, session = '', version]) => ({
    session,
    version: Number(version),
  }));

describe('a session that changes', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(async () => {
    await stage.close();
  });

  it('is on air from its early media on, through hold and every change, in one unbroken stream', async () => {
    const senders = await openSenders();
    const { early, answered, otherCodec, updated, lateOffer } = senders;
    const changed = { version: 3, port: otherCodec.port, codec: 'PCMA' } as const;
    const last = { port: lateOffer.port, codec: 'PCMA' } as const;
    const steps = [
      respond('183 Session Progress', 'early', { version: 1, port: early.port, codec: 'PCMU' }),
      PHASE,
      answer({ version: 1, port: answered.port, codec: 'PCMU' }),
      PHASE,
      reinvite(101, { version: 2, port: answered.port, codec: 'PCMU', direction: 'inactive' }),
      PHASE,
      reinvite(102, changed),
      SECOND,
      reinvite(103, changed),
      SECOND,
      update(104, { version: 4, port: updated.port, codec: 'PCMU' }),
      PHASE,
      reinviteWithoutOffer(105, { version: 5, ...last }),
      PHASE,
      reinvite(106, { version: 6, address: '0.0.0.0', ...last }),
      untilBye,
    ].join('');
    const callee = await stage.callee({ behaviour: { type: 'script', steps } });

    const placed = stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'changes' }],
      media: { earlyMedia: 'publish' },
    });
    const port = await offeredPort(callee);
    for (const sender of Object.values(senders)) sender.start(port);
    const { id } = await placed;
    const beforeAnswer = await stage.untilLive(id);
    await stage.until(id, (call) => call.state === 'held');
    await stage.until(id, (call) => call.state === 'up');
    await stage.until(id, (call) => call.state === 'held');
    await stage.until(id, () => origins(callee).at(-1)?.version === 6);
    const heldAt = performance.now();
    await stage.until(id, () => performance.now() - heldAt > 1_500);
    await stage.hangUp(id);
    const ended = await stage.untilEnded(id);

    expect(beforeAnswer).toMatchObject({ state: 'earlyMedia', answeredAt: null });
    expect(ended.verdict).toMatchObject({ code: 'CALL_HUNG_UP' });
    expect(callee.errors()).toBe('');
    expect((await stage.eventTypes(id)).slice(2)).toEqual([
      'call.dialing',
      'call.early_media',
      'output.connecting',
      'output.publishing',
      'call.answered',
      'call.held',
      'call.resumed',
      'call.held',
      'call.ending',
      'output.closed',
      'call.ended',
    ]);
    // Only a change moves the version on: the refresh repeats the third.
    expect(origins(callee).map(({ version }) => version)).toEqual([1, 2, 3, 3, 4, 5, 6]);
    expect(new Set(origins(callee).map(({ session }) => session)).size).toBe(1);

    const recordings = stage.recordingsOf('changes');
    expect(recordings).toHaveLength(1);
    const found = await judge(recordings[0] ?? '');
    expect(found.complaints).toBe('');
    expect(found.backwardSteps).toBe(0);
    expect(found.largestGapMs).toBeLessThan(100);
    const sounds = soundsOf(
      found.samples,
      Object.values(TONES).map(({ toneHz }) => toneHz),
    );
    expect(sounds.map(({ toneHz }) => toneHz)).toEqual([300, 500, 0, 800, 1_100, 1_400, 0]);
    for (const { toneHz, seconds } of sounds.slice(1, -1)) {
      expect(Math.abs(seconds - 2), `${toneHz} Hz for ${seconds} s`).toBeLessThan(0.7);
    }
    const events = await stage.events(id);
    const at = (type: string): number =>
      Date.parse(events.find((event) => event.type === type)?.at ?? '');
    const onAirSec = (at('call.ending') - at('output.publishing')) / 1000;
    // In real time: a phase that was left out would be missed.
    expect(Math.abs(found.durationSec - onAirSec)).toBeLessThan(1);
  });

  it('that is lost is dialled again, while its stream goes on with silence', async () => {
    const toneHz = 500;
    const callee = await stage.callee({
      media: { path: await stage.tone(toneHz, 20) },
      behaviour: { type: 'answer', hangUpAfterMs: 2_500 },
    });

    const { id } = await stage.place({
      to: callee.uri(),
      onCallLoss: 'hold',
      outputs: [{ url: stage.rtmpUrl, streamKey: 'held' }],
    });
    await stage.untilLive(id);
    await stage.untilEvents(id, 'call.leg_lost', 1);
    const meanwhile = await stage.call(id);
    await stage.untilEvents(id, 'call.leg_lost', 2);
    await stage.hangUp(id);
    const ended = await stage.untilEnded(id);

    expect(meanwhile.broadcast).toBe('live');
    expect(ended.verdict).toMatchObject({ result: 'completed', code: 'CALL_HUNG_UP' });
    const types = await stage.eventTypes(id);
    expect(types.filter((type) => type.startsWith('output.'))).toEqual([
      'output.connecting',
      'output.publishing',
      'output.closed',
    ]);
    // On a busy machine a third leg may come before the hang-up.
    expect(types.filter((type) => type === 'call.answered').length).toBeGreaterThanOrEqual(2);
    expect(types.filter((type) => type === 'call.ended')).toHaveLength(1);
    expect(callee.errors()).toBe('');

    const recordings = stage.recordingsOf('held');
    expect(recordings).toHaveLength(1);
    const found = await judge(recordings[0] ?? '');
    expect(found.complaints).toBe('');
    expect(found.backwardSteps).toBe(0);
    expect(found.largestGapMs).toBeLessThan(100);
    const sounds = soundsOf(found.samples, [toneHz]).map((sound) => sound.toneHz);
    expect(sounds.slice(0, 3)).toEqual([toneHz, 0, toneHz]);
  });

  it('that ends before the answer leaves the air politely, with the verdict of the refusal', async () => {
    const { early } = await openSenders();
    const busy = respond('486 Busy Here', 'early').replace('<send>', '<send retrans="500">');
    const steps = [
      respond('183 Session Progress', 'early', { version: 1, port: early.port, codec: 'PCMU' }),
      PHASE,
      busy,
      '<recv request="ACK"/>\n',
    ].join('');
    const callee = await stage.callee({ behaviour: { type: 'script', steps } });

    const placed = stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'refused' }],
      media: { earlyMedia: 'publish' },
    });
    early.start(await offeredPort(callee));
    const { id } = await placed;
    const ended = await stage.untilEnded(id);

    expect(ended).toMatchObject({ answeredAt: null, verdict: { code: 'SIP_BUSY' } });
    expect(ended.outputs[0]).toMatchObject({ state: 'closed', attempts: 1 });
    const found = await judge(stage.recordingsOf('refused')[0] ?? '');
    expect(soundsOf(found.samples, [300]).map(({ toneHz }) => toneHz)).toEqual([300]);
  });
});
