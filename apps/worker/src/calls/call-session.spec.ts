import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { Fault, verdictOf } from '#domain';
import { buildAnswer, buildOffer } from '#protocol/sdp';
import type { OfferedSecurity } from '#protocol/sdp';
import {
  CALLEE,
  answerOf,
  bringUp,
  dialled,
  sessionWorld,
  settle,
  verdictCode,
} from '../../../../test/support/session-world.ts';

/** Of a far end that takes SRTP only. */
const SECURITY: OfferedSecurity = {
  isRequired: true,
  keys: [{ suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: new Secret('P'.repeat(40)) }],
};

describe('a call session', () => {
  it('goes from the claim to the air, and stores the dialog before it is answered', async () => {
    const world = sessionWorld();

    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    world.media.emit(1_000);
    world.media.emit(1_023);

    expect(world.ledger.events).toEqual([
      'call.dialing',
      'call.ringing',
      'call.answered',
      'output.connecting',
      'output.publishing',
    ]);
    expect(world.ledger.changes[0]?.call.leg?.dialogId).toBe('d');
    expect(world.ledger.changes.map((change) => change.version)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(world.dialer.request.auth?.password.reveal()).toBe('pw');
    expect(world.outlets[0]?.tags.map((tag) => tag.timestampMs)).toEqual([0, 23]);
  });

  it('ends in one terminal event when the callee hangs up, outputs first', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();

    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    await settle();

    expect(world.ledger.events.slice(-3)).toEqual(['call.ending', 'output.closed', 'call.ended']);
    expect(world.ledger.changes.at(-1)?.call.verdict).toEqual(
      verdictOf('completed', 'CALL_PEER_LEFT', 'BYE'),
    );
    expect(world.outlets[0]?.closes).toBe(1);
    expect(world.media.done.at(-1)).toBe('stop');
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('tells of every SIP message of its legs, in whatever state it is', async () => {
    const world = sessionWorld();
    const hear = (summary: string): void => {
      world.dialer.observer.signalled({ direction: 'in', summary, text: '' });
    };

    await dialled(world);
    hear('100 Trying');
    world.session.fence();
    await settle();
    hear('200 OK');

    expect(world.heardSip).toEqual([
      `${world.record.epoch} 100 Trying`,
      `${world.record.epoch} 200 OK`,
    ]);
  });

  it('is canceled by a command while it rings', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    world.dialer.observer.rang();
    await settle();

    world.session.stop();
    await settle();

    expect(world.dialer.hangUps).toBe(1);
    expect(verdictCode(world)).toBe('CALL_CANCELED');
    expect(world.ledger.events.filter((event) => event === 'call.ended')).toHaveLength(1);
  });

  it('keeps its first verdict when a second cause follows', async () => {
    const world = sessionWorld();
    world.dialer.endsOnHangUp = false;
    await bringUp(world);

    world.session.stop();
    world.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_SIGNALLING_LOST') });
    await settle();

    expect(verdictCode(world)).toBe('CALL_HUNG_UP');
  });

  it('fails with the verdict of the dialer', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();

    const fault = new Fault('SIP_BUSY', { detail: '486 Busy Here' });
    world.dialer.observer.ended({ kind: 'failed', fault });
    await settle();

    expect(world.ledger.changes.at(-1)?.call.verdict?.detail).toBe('486 Busy Here');
    expect(world.isDone()).toBe(true);
  });

  it('fails when the answer has no codec of ours', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();

    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    world.dialer.observer.answered(
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n',
    );
    await settle();

    expect(verdictCode(world)).toBe('SDP_NO_COMMON_CODEC');
    expect(world.dialer.hangUps).toBe(1);
  });

  it.each([
    { name: 'in plain', change: (sdp: string) => sdp.replace('RTP/SAVP', 'RTP/AVP') },
    { name: 'with a tag of its own', change: (sdp: string) => sdp.replace('crypto:1', 'crypto:9') },
  ])('fails when SRTP is required and the answer comes $name', async ({ change }) => {
    const world = sessionWorld({ media: { srtp: 'required' } });
    await dialled(world);
    const offer = world.dialer.request.sdpOffer;
    expect(offer).toContain('m=audio 30000 RTP/SAVP 0 8 101');
    const keys = [...offer.matchAll(/inline:(\S{40})\r/g)].map(([, key]) => key);
    expect(new Set(keys).size).toBe(2);

    world.dialer.observer.answered(change(answerOf(world, { security: SECURITY })));
    await settle();

    expect(verdictCode(world)).toBe('SDP_NOT_SECURE');
    expect(world.dialer.hangUps).toBe(1);
  });

  it('says that keys in SDP want TLS, and refuses a re-INVITE without them', async () => {
    const lines: string[] = [];
    const world = sessionWorld({
      media: { srtp: 'required' },
      onWarning: (line) => lines.push(line),
    });
    await dialled(world);
    world.dialer.observer.answered(answerOf(world, { security: SECURITY }));
    await settle();
    const { suite } = world.media.audio?.security ?? {};

    expect(suite).toBe('AES_CM_128_HMAC_SHA1_80');
    expect(lines).toEqual(['call.srtp_keys_readable']);
    expect(world.dialer.observer.reoffered(buildOffer(CALLEE))).toBeUndefined();
    expect(world.dialer.observer.reoffered(buildOffer({ ...CALLEE, security: SECURITY }))).toMatch(
      /^a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/m,
    );
    expect(world.session.state).toBe('up');
  });

  it('ends after its longest duration', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.outlets[0]?.accept();

    for (let second = 0; second < 101; second++) {
      world.media.lastPacketMicros = world.time.nowMicros();
      await world.pass(1_000);
    }

    expect(verdictCode(world)).toBe('CALL_MAX_DURATION');
  });

  it('fails when no media comes, but not on hold', async () => {
    const world = sessionWorld();
    await bringUp(world);
    const held = buildAnswer(world.dialer.request.sdpOffer, { ...CALLEE, direction: 'recvonly' });
    world.dialer.observer.reoffered(
      held.sdp.replace(/a=(sendrecv|recvonly|sendonly|inactive)/, 'a=inactive'),
    );
    await world.pass(40_000);
    expect(world.session.state).toBe('held');

    world.dialer.observer.reoffered(buildAnswer(world.dialer.request.sdpOffer, CALLEE).sdp);
    await world.pass(29_000);
    expect(world.session.state).toBe('up');
    await world.pass(3_000);

    expect(verdictCode(world)).toBe('RTP_SILENT');
  });

  it('fails when its media path breaks', async () => {
    const world = sessionWorld();
    await bringUp(world);

    world.media.break(new Fault('MEDIA_FAILED'));
    await settle();

    expect(verdictCode(world)).toBe('MEDIA_FAILED');
    expect(world.dialer.hangUps).toBe(1);
  });

  it('keeps the leg while the RTMP server is away, and comes back with timestamps from 0', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    world.media.emit(5_000);

    world.outlets[0]?.break(new Fault('RTMP_LOST'));
    await settle();
    expect(world.session.state).toBe('up');
    world.media.lastPacketMicros = world.time.nowMicros();
    await world.pass(2_000);
    world.outlets[1]?.accept();
    await settle();
    world.media.emit(9_000);

    expect(world.outlets).toHaveLength(2);
    expect(world.outlets[1]?.tags.map((tag) => tag.timestampMs)).toEqual([0]);
    expect(world.ledger.events.slice(-3)).toEqual([
      'output.interrupted',
      'output.connecting',
      'output.publishing',
    ]);
  });

  it('fails when its only output is refused for good', async () => {
    const world = sessionWorld();
    await bringUp(world);

    world.outlets[0]?.break(new Fault('RTMP_REFUSED'));
    await settle();

    expect(verdictCode(world)).toBe('RTMP_REFUSED');
    expect(world.dialer.hangUps).toBe(1);
  });

  it('asks a server that accepts and drops again and again less and less often', async () => {
    const world = sessionWorld();
    await bringUp(world);

    for (let round = 0; round < 4; round++) {
      world.outlets.at(-1)?.accept();
      await settle();
      world.outlets.at(-1)?.break(new Fault('RTMP_LOST'));
      await settle();
      for (let second = 0; second < 12 && world.outlets.length === round + 1; second++) {
        world.media.lastPacketMicros = world.time.nowMicros();
        await world.pass(1_000);
      }
    }

    const waits = world.ledger.changes.flatMap((change) =>
      [...change.outputs.values()].flatMap((output) => output.nextRetryAt?.getTime() ?? []),
    );
    const delays = waits.slice(1).map((at, index) => at - (waits[index] ?? 0));
    expect(delays[2]).toBeGreaterThan(2 * (delays[0] ?? 0));
  });

  it('fails at once when a node before it has failed every output', async () => {
    const world = sessionWorld({ outputs: 0 });

    world.session.start();
    await settle();

    expect(verdictCode(world)).toBe('RTMP_REFUSED');
    expect(world.dialer.dials).toBe(0);
  });

  it('goes back to the queue when the signalling server is lost under it', async () => {
    const world = sessionWorld();
    await bringUp(world);

    world.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_SIGNALLING_LOST') });
    await settle();

    expect(world.ledger.changes.at(-1)?.call.state).toBe('queued');
    expect(world.ledger.events.at(-1)).toBe('call.failed_over');
    expect(world.isDone()).toBe(true);
  });

  it('goes on when one of two outputs is refused', async () => {
    const world = sessionWorld({ outputs: 2 });
    await bringUp(world);
    world.outlets[1]?.accept();

    world.outlets[0]?.break(new Fault('RTMP_REFUSED'));
    await settle();

    expect(world.session.state).toBe('up');
    expect(world.ledger.events).toContain('output.failed');
  });

  it('dials when its address is registered, and keeps it so to the end', async () => {
    let register = (): void => undefined;
    let isNeeded = true;
    const world = sessionWorld({
      register: (until) => {
        void until.then(() => (isNeeded = false));
        return new Promise((resolve) => (register = resolve));
      },
    });
    world.session.start();
    await settle();
    expect(world.dialer.dials).toBe(0);

    register();
    await settle();
    expect(world.dialer.dials).toBe(1);
    expect(isNeeded).toBe(true);
    world.session.stop();
    await settle();

    expect(isNeeded).toBe(false);
  });

  it.each([
    ['SIP_REGISTER_REFUSED', 'SIP_REGISTER_REFUSED', 'call.ended'],
    // Another node may have signalling.
    ['SIP_SIGNALLING_LOST', undefined, 'call.failed_over'],
  ] as const)('does not dial after %s', async (code, verdict, last) => {
    const world = sessionWorld({ register: () => Promise.reject(new Fault(code)) });
    world.session.start();
    await settle();

    expect(verdictCode(world)).toBe(verdict);
    expect(world.ledger.events.at(-1)).toBe(last);
    expect(world.dialer.dials).toBe(0);
    expect(world.isDone()).toBe(true);
  });

  it('does not dial when it is stopped while it waits to be registered', async () => {
    let register = (): void => undefined;
    const world = sessionWorld({ register: () => new Promise((resolve) => (register = resolve)) });
    world.session.start();
    await settle();
    world.session.stop();
    await settle();
    register();
    await settle();

    expect(verdictCode(world)).toBe('CALL_CANCELED');
    expect(world.dialer.dials).toBe(0);
    expect(world.isDone()).toBe(true);
  });

  it('does not dial when a node before it was asked to stop the call', async () => {
    const world = sessionWorld({ isStopRequested: true });

    world.session.start();
    await settle();

    expect(world.dialer.dials).toBe(0);
    expect(verdictCode(world)).toBe('CALL_CANCELED');
    expect(world.isDone()).toBe(true);
  });

  it('gives the call back to the queue when its node shuts down', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();

    await world.session.handOver();

    const last = world.ledger.changes.at(-1);
    expect(last?.call).toMatchObject({ leg: null, state: 'queued' });
    expect(last?.call.stats?.audio.packets).toBe(50);
    expect([...(last?.outputs.values() ?? [])]).toEqual([{ state: 'idle', nextRetryAt: null }]);
    expect(world.ledger.events.at(-1)).toBe('call.failed_over');
    expect(world.dialer.hangUps).toBe(1);
    expect(world.outlets[0]).toMatchObject({ closes: 1, destroys: 0 });
    expect(world.time.pendingCount).toBe(0);
  });
});
