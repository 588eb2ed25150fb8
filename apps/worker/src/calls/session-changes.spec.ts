import { describe, expect, it } from 'vitest';
import { buildOffer } from '#protocol/sdp';
import type { LocalAudio } from '#protocol/sdp';
import {
  CALLEE,
  answerOf,
  bringUp,
  dialled,
  sessionWorld,
  settle,
  verdictCode,
} from '../../../../test/support/session-world.ts';
import type { SessionWorld } from '../../../../test/support/session-world.ts';

async function up(direction: 'recvonly' | 'sendrecv' = 'recvonly'): Promise<SessionWorld> {
  const world = sessionWorld({ media: { direction } });
  await bringUp(world);
  return world;
}

const offerOf = (change: Partial<LocalAudio> = {}): string =>
  buildOffer({ ...CALLEE, version: 2, ...change });
const directed = (direction: string): string => offerOf().replace('a=sendrecv', `a=${direction}`);
const ZEROS = offerOf().replaceAll('IP4 127.0.0.1', 'IP4 0.0.0.0');
const GONE = offerOf().replace('m=audio 40000', 'm=audio 0');

const lineOf = (sdp: string | undefined, start: string): string | undefined =>
  sdp?.split('\r\n').find((line) => line.startsWith(start));
const directionOf = (sdp: string | undefined): string | undefined =>
  /^a=(sendrecv|recvonly|sendonly|inactive)\r$/m.exec(sdp ?? '')?.[1];
const versionOf = (sdp: string | undefined): number =>
  Number(/^o=- \d+ (\d+) /m.exec(sdp ?? '')?.[1]);

describe('a peer that holds', () => {
  it.each([
    { name: 'inactive, to a listener', ours: 'recvonly', offer: directed('inactive') },
    { name: 'recvonly, to a listener', ours: 'recvonly', offer: directed('recvonly') },
    { name: 'an address of zeros', ours: 'recvonly', offer: ZEROS, answer: 'recvonly' },
    {
      name: 'sendonly, to a talker',
      ours: 'sendrecv',
      offer: directed('sendonly'),
      answer: 'recvonly',
    },
    { name: 'inactive, to a talker', ours: 'sendrecv', offer: directed('inactive') },
    {
      name: 'recvonly, to a talker',
      ours: 'sendrecv',
      offer: directed('recvonly'),
      answer: 'sendonly',
    },
    {
      name: 'an address of zeros, to a talker',
      ours: 'sendrecv',
      offer: ZEROS,
      answer: 'recvonly',
    },
  ] as const)('by $name: is answered, told of, and may come back', async (row) => {
    const world = await up(row.ours);

    const held = world.dialer.observer.reoffered(row.offer);
    await settle();
    const whileHeld = { state: world.session.state, audio: world.media.audio };
    const back = world.dialer.observer.reoffered(offerOf({ version: 3 }));
    await settle();

    expect(directionOf(held)).toBe('answer' in row ? row.answer : 'inactive');
    expect(whileHeld).toMatchObject({ state: 'held', audio: { isHeld: true } });
    expect(directionOf(back)).toBe(row.ours);
    expect(world.session.state).toBe('up');
    expect(world.media.audio?.isHeld).toBe(false);
    expect(world.ledger.events.slice(-2)).toEqual(['call.held', 'call.resumed']);
  });

  it('by taking the stream away is answered with port 0, and brings it back', async () => {
    const world = await up();

    const held = world.dialer.observer.reoffered(GONE);
    await settle();
    expect(world.session.state).toBe('held');
    expect(world.media.audio).toMatchObject({ isHeld: true, direction: 'inactive' });
    const back = world.dialer.observer.reoffered(offerOf({ version: 3 }));
    await settle();

    expect(lineOf(held, 'm=')).toBe('m=audio 0 RTP/AVP 0');
    expect(lineOf(back, 'm=')).toMatch(/^m=audio 30000 /);
    expect(world.session.state).toBe('up');
  });

  it('in its very answer is held from the beginning', async () => {
    const world = sessionWorld();
    await dialled(world);

    world.dialer.observer.answered(answerOf(world).replace('a=sendonly', 'a=inactive'));
    await settle();
    await world.pass(40_000);
    expect(world.session.state).toBe('held');
    world.dialer.observer.reoffered(offerOf());
    await settle();

    expect(world.session.state).toBe('up');
    expect(world.ledger.events.filter((type) => type.startsWith('call.'))).toEqual([
      'call.dialing',
      'call.answered',
      'call.held',
      'call.resumed',
    ]);
  });

  it('is not waited for, and is waited for in full once it is back', async () => {
    const world = await up();
    world.outlets[0]?.accept();
    await world.pass(29_000);

    world.dialer.observer.reoffered(directed('inactive'));
    await world.pass(35_000);
    expect(world.session.state).toBe('held');
    world.dialer.observer.reoffered(offerOf({ version: 3 }));
    await world.pass(29_000);
    expect(world.session.state).toBe('up');
    await world.pass(2_000);

    expect(verdictCode(world)).toBe('RTP_SILENT');
  });

  it('still counts against the longest duration', async () => {
    const world = await up();
    world.outlets[0]?.accept();
    world.dialer.observer.reoffered(directed('inactive'));

    await world.pass(101_000);

    expect(verdictCode(world)).toBe('CALL_MAX_DURATION');
  });

  it('is held at once for the media although the database is slow to note it', async () => {
    const world = await up();
    let open = (): void => undefined;
    world.ledger.gate = new Promise<void>((resolve) => (open = resolve));

    world.dialer.observer.reoffered(directed('inactive'));
    await settle();

    expect(world.session.state).toBe('up');
    expect(world.media.audio?.isHeld).toBe(true);
    open();
    await settle();
    expect(world.session.state).toBe('held');
  });
});

describe('a changed session', () => {
  it('is followed to another codec, port and address, without a word to the clients', async () => {
    const world = await up();
    const told = world.ledger.events.length;

    const answer = world.dialer.observer.reoffered(
      offerOf({ codecs: ['PCMA'], address: '127.0.0.9', port: 45_000 }),
    );
    await settle();

    expect(lineOf(answer, 'm=')).toBe('m=audio 30000 RTP/AVP 8 101');
    expect(world.media.audio).toMatchObject({
      codec: 'PCMA',
      remote: { address: '127.0.0.9', port: 45_000, rtcpPort: 45_001 },
    });
    expect(world.session.state).toBe('up');
    expect(world.ledger.events).toHaveLength(told);
  });

  it('moves the version on for what changes only, and keeps the session', async () => {
    const world = await up();
    const { observer, request } = world.dialer;

    const answers = [
      observer.reoffered(offerOf()),
      observer.reoffered(offerOf()),
      observer.reoffered(offerOf({ port: 45_000 })),
      observer.reoffered(directed('inactive')),
      observer.reoffered(directed('inactive')),
    ];

    expect(versionOf(request.sdpOffer)).toBe(1);
    // Where the peer wants its packets is not part of what we say.
    expect(answers.map(versionOf)).toEqual([2, 2, 2, 3, 3]);
    const sessions = [request.sdpOffer, ...answers].map((sdp) => lineOf(sdp, 'o=')?.split(' ')[1]);
    expect(new Set(sessions).size).toBe(1);
  });

  it('that nothing came of leaves everything as it was', async () => {
    const world = await up();
    const before = world.media.audio;
    const { observer } = world.dialer;

    expect(observer.reoffered('v=0\r\n')).toBeUndefined();
    expect(observer.reoffered(GONE + 'm=image 5004 udptl t38\r\n')).toBeUndefined();
    expect(observer.reoffered(offerOf().replace('RTP/AVP 0 ', 'RTP/AVP 18 '))).toBeUndefined();
    observer.offerAnswered('v=0\r\n');
    await settle();

    expect(world.media.audio).toBe(before);
    expect(world.session.state).toBe('up');
  });
});

describe('a peer that asks for our offer', () => {
  it('gets all that we can do, whatever was agreed, and is followed by its answer', async () => {
    const world = await up();
    const { observer } = world.dialer;
    observer.reoffered(offerOf({ codecs: ['PCMA'] }).replace('a=sendrecv', 'a=inactive'));
    await settle();
    expect(world.session.state).toBe('held');

    const offer = observer.offerAsked();
    observer.offerAnswered(answerOf(world, { port: 46_000 }));
    await settle();

    expect(lineOf(offer, 'm=')).toBe('m=audio 30000 RTP/AVP 0 8 101');
    expect(directionOf(offer)).toBe('recvonly');
    expect(versionOf(offer)).toBe(3);
    expect(world.media.audio).toMatchObject({ codec: 'PCMU', remote: { port: 46_000 } });
    expect(world.session.state).toBe('up');
  });

  it('keeps its session when no answer comes', async () => {
    const world = await up();
    const before = world.media.audio;

    world.dialer.observer.offerAsked();
    const answer = world.dialer.observer.reoffered(offerOf());
    await settle();

    expect(versionOf(answer)).toBe(2);
    expect(world.media.audio?.remote).toEqual(before?.remote);
    expect(world.session.state).toBe('up');
  });
});
