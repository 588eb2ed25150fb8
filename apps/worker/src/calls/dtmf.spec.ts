import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { CommandId, DtmfMethod } from '#domain';
import { Secret } from '#foundation';
import {
  answerOf,
  bringUp,
  dialled,
  sessionWorld,
  settle,
} from '../../../../test/support/session-world.ts';
import type { SessionWorld } from '../../../../test/support/session-world.ts';

const ID = 'cmd_00000000000000000000000001' as CommandId;

/** The far end takes no telephone events. */
async function bringUpWithoutEvents(world: SessionWorld): Promise<void> {
  await dialled(world);
  const sdp = answerOf(world)
    .replace(/^a=(?:rtpmap|fmtp):101 .*\r\n/gm, '')
    .replace(/^(m=audio .*) 101/m, '$1');
  world.dialer.observer.answered(sdp);
  await settle();
}

/** Presses keys by command; says how that went. */
function pressing(world: SessionWorld, digits: string, method?: DtmfMethod) {
  const outcome: { code?: string; isDone?: boolean } = {};
  const order = { keys: new Secret(digits), ...(method === undefined ? {} : { method }) };
  world.session.press(order, ID).then(
    () => (outcome.isDone = true),
    (error: unknown) => (outcome.code = error instanceof Fault ? error.code : String(error)),
  );
  return outcome;
}

const dtmfEvents = (world: SessionWorld) =>
  world.ledger.changes
    .flatMap(({ events }) => events)
    .filter(({ type }) => type.startsWith('dtmf.'));

describe('the keys of a call', () => {
  it('are pressed after the answer, not before, and not told', async () => {
    const world = sessionWorld({ dtmf: 'ww1234#', media: { earlyMedia: 'publish' } });
    await dialled(world);
    world.dialer.observer.earlyMediaOffered(answerOf(world));
    await settle();
    expect(world.media.done).toContain('start');
    expect(world.media.pressed).toEqual([]);

    world.dialer.observer.answered(answerOf(world));
    await settle();
    expect(world.media.pressed).toEqual(['ww1234#']);
    world.media.endPress('pressed');
    await settle();

    expect(dtmfEvents(world)).toEqual([
      { type: 'dtmf.sent', data: { commandId: null, method: 'rfc4733' } },
    ]);
    expect(JSON.stringify(world.ledger.changes)).not.toContain('1234');
  });

  it('that cannot be pressed do not end it', async () => {
    const world = sessionWorld({ dtmf: '1' });
    await bringUp(world);
    world.media.endPress('impossible');
    await settle();

    expect(world.session.state).toBe('up');
    expect(dtmfEvents(world)).toMatchObject([
      { type: 'dtmf.failed', data: { commandId: null, code: 'DTMF_REFUSED' } },
    ]);
  });
});

describe('keys by command', () => {
  it('wait for those before them', async () => {
    const world = sessionWorld({ dtmf: '1' });
    await bringUp(world);

    const second = pressing(world, '2');
    const third = pressing(world, '3');
    await settle();
    expect(world.media.pressed).toEqual(['1']);
    world.media.endPress('pressed');
    await settle();
    expect(world.media.pressed).toEqual(['1', '2']);
    expect(second.isDone).toBeUndefined();
    world.media.endPress('pressed');
    await settle();

    expect(world.media.pressed).toEqual(['1', '2', '3']);
    expect([second.isDone, third.isDone]).toEqual([true, undefined]);
  });

  it('are refused before the answer', async () => {
    const world = sessionWorld();
    await dialled(world);

    const outcome = pressing(world, '1');
    await settle();

    expect(outcome.code).toBe('CALL_NOT_ANSWERED');
  });

  it('go by INFO where telephone events are not agreed: one after the other, pauses kept', async () => {
    const world = sessionWorld();
    await bringUpWithoutEvents(world);
    let confirm = (): void => undefined;
    world.dialer.hearKey = () => new Promise((resolve) => (confirm = resolve));

    const outcome = pressing(world, '1w2');
    await world.pass(1_000);
    expect(world.dialer.informed).toEqual(['1']);
    confirm();
    await settle();
    await world.pass(240);
    await world.pass(20);
    await world.pass(480);
    expect(world.dialer.informed).toEqual(['1']);
    await world.pass(20);
    expect(world.dialer.informed).toEqual(['1', '2']);
    confirm();
    await settle();
    await world.pass(260);

    expect(outcome.isDone).toBe(true);
    expect(world.media.pressed).toEqual([]);
    expect(dtmfEvents(world)).toEqual([
      { type: 'dtmf.sent', data: { commandId: ID, method: 'info' } },
    ]);
  });

  it('go by INFO where that is asked for, and end with the first refusal', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.dialer.hearKey = () => Promise.reject(new Fault('DTMF_REFUSED', { detail: 'INFO: 415' }));

    const outcome = pressing(world, '12', 'info');
    await settle();

    expect(world.dialer.informed).toEqual(['1']);
    expect(outcome.code).toBe('DTMF_REFUSED');
    expect(dtmfEvents(world)).toMatchObject([
      { type: 'dtmf.failed', data: { commandId: ID, method: 'info', detail: 'INFO: 415' } },
    ]);
  });

  it('are refused that still wait when the call ends', async () => {
    const world = sessionWorld();
    await bringUp(world);
    const first = pressing(world, '1', 'info');
    const second = pressing(world, '2');
    await settle();

    world.session.stop();
    await settle();

    expect([first.code, second.code]).toEqual(['CALL_NOT_ANSWERED', 'CALL_NOT_ANSWERED']);
    expect(world.media.pressed).toEqual([]);
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });
});
