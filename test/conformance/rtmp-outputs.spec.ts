import { describe, expect, it } from 'vitest';
import type { PeerBehaviour, PeerVoice } from '#testkit';
import { leastGrowth } from '#testkit';
import { madeAtMs, onAir, outputWorld } from '../support/output-world.ts';
import type { OutputWorld } from '../support/output-world.ts';

const MEGABYTE = 1_048_576;

/** Tags of one connection, told apart by where the script tag begins it. */
function tagsSince(world: OutputWorld, at: number) {
  const tags = world.peer.tags.slice(at);
  const audio = tags.filter(({ kind, body }) => kind === 'audio' && body[1] === 1);
  return { first: tags.slice(0, 2).map(({ kind, body }) => ({ kind, type: body[1] })), audio };
}

const FRESH_START = [
  { kind: 'script', type: expect.any(Number) as number },
  { kind: 'audio', type: 0 },
];

/** The SIP leg has noticed nothing. */
const legIsUntouched = ({ dialer }: OutputWorld): void =>
  expect({ dials: dialer.dials, hangUps: dialer.hangUps }).toEqual({ dials: 1, hangUps: 0 });

describe('T1: a server that is restarted', () => {
  it('is on air again within 5 s, with headers of its own', async () => {
    const world = await outputWorld();
    const { peer, pass, until } = world;
    await until(() => onAir(world), 1000);
    await pass(2000);
    await peer.stop();
    const before = peer.tags.length;
    await pass(3000);
    await peer.comeBack();

    const tookMs = await until(() => peer.tags.length > before + 2, 5000);

    expect(tookMs).toBeLessThanOrEqual(5000);
    const { first, audio } = tagsSince(world, before);
    expect(first).toEqual(FRESH_START);
    expect(audio[0]?.timestampMs).toBe(0);
    legIsUntouched(world);
  });
});

describe('T2: a server that is away for ten minutes', () => {
  it('is asked after 1, 2, 4 … 30 s, and gets what is live', async () => {
    const world = await outputWorld();
    const { peer, pass, until, events, nowMs } = world;
    await until(() => onAir(world), 1000);
    await peer.stop();
    const before = peer.tags.length;
    // Six times a hundred seconds: a leak would show in each.
    const grownBytes = await leastGrowth(() => pass(100_000, 1000), 6);
    const asked = events
      .filter(({ event }) => event.type === 'output.connecting')
      .map(({ atMs }) => atMs);
    await peer.comeBack();
    await until(() => peer.tags.length > before + 2, 37_000);

    // The first one waits for 1 s after the loss, which is no event of the server's ledger.
    const gaps = asked.slice(2).map((atMs, i) => (atMs - (asked[i + 1] ?? 0)) / 1000);
    [2, 4, 8, 16, 30, 30].forEach((delay, i) => {
      expect(gaps[i]).toBeGreaterThanOrEqual(delay * 0.8 - 1);
      expect(gaps[i]).toBeLessThanOrEqual(delay * 1.2 + 1);
    });
    expect(Math.max(...gaps)).toBeLessThanOrEqual(37);
    expect(grownBytes).toBeLessThan(4 * MEGABYTE);
    const [newest] = tagsSince(world, before).audio;
    expect(nowMs() - (newest === undefined ? 0 : madeAtMs(newest))).toBeLessThan(1000);
    legIsUntouched(world);
  });
});

describe('T3: a key that somebody else holds', () => {
  it('is asked for a few times, then the output has failed', async () => {
    const refusePublish = { code: 'NetStream.Publish.BadName', description: 'taken' };
    const world = await outputWorld({ behaviours: [{ refusePublish }] });

    await world.until(() => world.count('output.failed') === 1, 120_000);
    await world.pass(120_000, 1000);

    expect(world.peer.connectionCount).toBeLessThanOrEqual(10);
    const failed = world.events.find(({ event }) => event.type === 'output.failed');
    expect(failed?.event.data).toMatchObject({ error: { code: 'RTMP_KEY_IN_USE' } });
  });
});

describe('T4: a key that our own ghost holds', () => {
  it('is asked for until the server lets it go', async () => {
    const ghostMs = 90_000;
    const world = await outputWorld({ behaviours: [{ ghostMs }] });
    const { peer, until, pass } = world;
    await until(() => onAir(world), 1000);
    await pass(1000);
    peer.hangUp('reset');

    const tookMs = await until(() => world.count('output.publishing') === 2, 120_000, 500);

    expect(tookMs).toBeGreaterThan(ghostMs);
    expect(peer.keys.refusals).toBeGreaterThan(2);
    expect(peer.keys.overlaps).toBe(0);
    legIsUntouched(world);
  });
});

describe('T5: a server that says no', () => {
  it.each([
    {
      name: 'to the application',
      behaviour: {
        rejectConnect: { code: 'NetConnection.Connect.Rejected', description: 'no key' },
      },
    },
    {
      name: 'to the key',
      behaviour: { refusePublish: { code: 'NetStream.Publish.Denied', description: 'key is bad' } },
    },
  ])('$name is not asked again', async ({ behaviour }) => {
    const world = await outputWorld({ behaviours: [behaviour] });

    await world.until(() => world.count('output.failed') === 1, 2000);
    await world.pass(60_000, 1000);

    expect(world.peer.connectionCount).toBe(1);
    const failed = world.events.find(({ event }) => event.type === 'output.failed');
    expect(failed?.event.data).toMatchObject({ error: { code: 'RTMP_REFUSED' } });
  });
});

describe('T6: a server that falls silent', () => {
  const SILENCES: readonly { readonly name: string; readonly behaviour: PeerBehaviour }[] = [
    { name: 'after it has accepted', behaviour: { stallAt: 'accept' } },
    { name: 'after S0', behaviour: { handshake: 'versionOnly' } },
    { name: 'after S1', behaviour: { stallAt: 'handshake' } },
    { name: 'after connect', behaviour: { stallAt: 'connect' } },
    { name: 'after createStream', behaviour: { stallAt: 'createStream' } },
    { name: 'after publish', behaviour: { stallAt: 'publish' } },
  ];

  it.each(SILENCES)('$name is given up within 10 s', async ({ behaviour }) => {
    const world = await outputWorld({ behaviours: [behaviour] });

    const tookMs = await world.until(() => world.count('output.interrupted') === 1, 10_250);

    expect(tookMs).toBeLessThanOrEqual(10_250);
    expect(tookMs).toBeGreaterThan(8000);
    expect(world.peer.openConnections).toBe(0);
    legIsUntouched(world);
  });
});

describe('T7: a server that accepts once, drops after 8 s and then refuses', () => {
  it.each(['NetStream.Publish.BadName', 'NetStream.Failed'])(
    'by %s is asked at most once a second, and nobody says the output were on air',
    async (code) => {
      const world = await outputWorld();
      const { peer, until, pass, events } = world;
      await until(() => onAir(world), 1000);
      await pass(8000);
      peer.behaviour.refusePublish = { code };
      peer.hangUp('fin');

      await until(() => world.count('output.interrupted') === 1, 1000);
      await pass(30_000);

      expect(world.count('output.publishing')).toBe(1);
      const asked = events.filter(({ event }) => event.type === 'output.connecting');
      const gaps = asked.slice(1).map(({ atMs }, i) => atMs - (asked[i]?.atMs ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(750);
      expect(peer.connectionCount).toBeGreaterThan(3);
      legIsUntouched(world);
    },
  );
});

describe('T9: a connection that ends', () => {
  const ENDS: readonly { readonly name: string; readonly end: (server: PeerVoice) => void }[] = [
    { name: 'by a reset', end: (server) => server.reset() },
    { name: 'by FIN', end: (server) => server.halfClose() },
    {
      name: 'in the middle of a message',
      end: (server) => {
        server.send(Buffer.from('03000000000100140000', 'hex'));
        server.halfClose();
      },
    },
  ];

  it.each(ENDS)('$name is made anew within 3 s', async ({ end }) => {
    const world = await outputWorld();
    const { peer, until, pass } = world;
    await until(() => onAir(world), 1000);
    await pass(1000);
    const [server] = peer.connections;
    if (server !== undefined) end(server);

    await until(() => world.count('output.publishing') === 2, 3000);

    expect(peer.keys.overlaps).toBe(0);
    legIsUntouched(world);
  });
});

describe('T15: the end of a call', () => {
  it('says good-bye to the server, and sends the last sound before', async () => {
    const world = await outputWorld();
    const { peer, until, pass, nowMs } = world;
    await until(() => onAir(world), 1000);
    await pass(2000);
    const byeMs = nowMs();
    world.dialer.observer.ended({ kind: 'peerLeft', detail: '' });

    await until(() => peer.openConnections === 0, 300, 50);

    const said = peer.commands.map(([name]) => name);
    expect(said).toEqual(expect.arrayContaining(['FCUnpublish', 'deleteStream']));
    const last = peer.tags.at(-1);
    expect(byeMs - (last === undefined ? 0 : madeAtMs(last))).toBeLessThan(50);
    expect(peer.keys.heldKeys).toEqual([]);
  });
});
