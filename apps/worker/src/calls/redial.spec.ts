import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { RedialPolicy } from '#domain';
import {
  answerOf,
  bringUp,
  sessionWorld,
  settle,
  verdictCode,
} from '../../../../test/support/session-world.ts';
import type { SessionWorldOptions } from '../../../../test/support/session-world.ts';

const redial: RedialPolicy = {
  attempts: 2,
  backoffSeconds: [5, 60],
  on: ['SIP_BUSY', 'SIP_NO_ANSWER'],
};

async function ringing(options: SessionWorldOptions = {}) {
  const world = sessionWorld({ redial, ...options });
  world.session.start();
  await settle();
  world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
  world.dialer.observer.rang();
  await settle();
  const fail = async (code: Fault['code']): Promise<void> => {
    world.dialer.observer.ended({ kind: 'failed', fault: new Fault(code) });
    await settle();
  };
  return { ...world, world, fail };
}

describe('a call with a redial policy', () => {
  it('goes back to the queue when the callee is busy, and leaves nothing on the node', async () => {
    const { ledger, fail, isDone, time, media } = await ringing();

    await fail('SIP_BUSY');

    const last = ledger.changes.at(-1);
    expect(last?.transitions.slice(0, 1)).toEqual([
      { machine: 'call', from: 'ringing', to: 'queued', event: 'redialPlanned' },
    ]);
    expect(last?.call).toEqual({
      state: 'queued',
      leg: null,
      nextDialMs: 5_000,
      leavesTrunk: true,
    });
    expect(last?.events).toEqual([
      {
        type: 'call.redial_planned',
        data: {
          code: 'SIP_BUSY',
          detail: expect.any(String) as string,
          attempt: 1,
          delaySeconds: 5,
        },
      },
    ]);
    expect(isDone()).toBe(true);
    expect(media.done.at(-1)).toBe('stop');
    expect(time.pendingCount).toBe(0);
  });

  it('waits longer the next time, and ends with the verdict when the tries are used up', async () => {
    const second = await ringing({ redials: 1 });
    const last = await ringing({ redials: 2 });

    await second.fail('SIP_BUSY');
    await last.fail('SIP_BUSY');

    expect(second.ledger.changes.at(-1)?.call.nextDialMs).toBe(60_000);
    expect(last.ledger.events).not.toContain('call.redial_planned');
    expect(verdictCode(last.world)).toBe('SIP_BUSY');
  });

  it('ends with what its policy does not name', async () => {
    const { world, ledger, fail } = await ringing();

    await fail('SIP_DECLINED');

    expect(verdictCode(world)).toBe('SIP_DECLINED');
    expect(ledger.events).not.toContain('call.redial_planned');
  });

  it('is hung up and tried later when it rings for too long', async () => {
    const { ledger, dialer, pass } = await ringing();

    await pass(80_000);

    expect(ledger.events.at(-1)).toBe('call.redial_planned');
    expect(dialer.hangUps).toBeGreaterThan(0);
  });

  it('ends by a command as any other', async () => {
    const { world, session, ledger } = await ringing();

    session.stop();
    await settle();

    expect(verdictCode(world)).toBe('CALL_CANCELED');
    expect(ledger.events).not.toContain('call.redial_planned');
  });

  it('is not dialled again once somebody has answered, here or on a node before', async () => {
    const here = sessionWorld({ redial });
    await bringUp(here);
    const before = await ringing({ wasAnswered: true });

    here.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_BUSY') });
    await settle();
    await before.fail('SIP_BUSY');

    expect(verdictCode(here)).toBe('SIP_BUSY');
    expect(verdictCode(before.world)).toBe('SIP_BUSY');
  });

  it('takes outputs that were on air early back with it', async () => {
    const { world, ledger, fail } = await ringing({ media: { earlyMedia: 'publish' } });
    world.dialer.observer.earlyMediaOffered(answerOf(world));
    await settle();
    world.outlets[0]?.accept();
    await settle();

    await fail('SIP_NO_ANSWER');

    const last = ledger.changes.at(-1);
    expect(last?.transitions.map(({ to }) => to)).toEqual(['queued', 'idle']);
    expect(world.outlets[0]?.closes).toBe(1);
  });
});
