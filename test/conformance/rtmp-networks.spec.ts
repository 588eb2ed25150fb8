import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readRtmpTrust } from '#adapters/rtmp-tcp';
import type { RtmpTrust } from '#adapters/rtmp-tcp';
import { AdobeVerifier, LlnwVerifier, RtmpPeer, TestCa } from '#testkit';
import { madeAtMs, onAir, outputWorld } from '../support/output-world.ts';
import type { OutputWorld } from '../support/output-world.ts';

const READ_MS = 10;

const errorOf = ({ events }: OutputWorld, type: string): unknown => {
  const found = events.find(({ event }) => event.type === type)?.event;
  return found !== undefined && 'error' in found.data ? found.data['error'] : undefined;
};

async function startPeer(...given: Parameters<typeof RtmpPeer.start>): Promise<RtmpPeer> {
  const peer = await RtmpPeer.start(...given);
  onTestFinished(() => peer.stop());
  return peer;
}

describe('T5: a server that wants to know who publishes', () => {
  const SCHEMES = [
    { scheme: 'adobe', verifier: () => new AdobeVerifier({ anna: 'pass-word' }) },
    {
      scheme: 'adobe without an opaque value',
      verifier: () => new AdobeVerifier({ anna: 'pass-word' }, { hasOpaque: false }),
    },
    { scheme: 'llnw', verifier: () => new LlnwVerifier({ anna: 'pass-word' }) },
  ];

  it.each(SCHEMES)('is told: $scheme', async ({ verifier }) => {
    const world = await outputWorld({
      behaviours: [{ verifier: verifier() }],
      login: 'anna:pass-word',
    });

    await world.until(() => onAir(world), 2000);

    expect(world.peer.connectionCount).toBe(3);
    expect(world.count('output.interrupted')).toBe(0);
  });

  it.each(
    SCHEMES.flatMap((one) => [
      { ...one, what: 'a wrong password', login: 'anna:word-pass' },
      { ...one, what: 'an unknown user', login: 'bert:pass-word' },
    ]),
  )('refuses $what for good: $scheme', async ({ verifier, login }) => {
    const behaviour = { verifier: verifier() };
    const world = await outputWorld({ behaviours: [behaviour], login });

    await world.until(() => world.count('output.failed') === 1, 2000);
    await world.pass(60_000, 1000);

    expect(behaviour.verifier.refusedCount).toBe(1);
    expect(errorOf(world, 'output.failed')).toMatchObject({ code: 'RTMP_AUTH_REFUSED' });
    expect(JSON.stringify(world.events)).not.toMatch(/pass-word|word-pass/);
  });

  it('is not told by an output that has no login, and says so', async () => {
    const world = await outputWorld({
      behaviours: [{ verifier: new AdobeVerifier({ anna: 'pass-word' }) }],
    });

    await world.until(() => world.count('output.failed') === 1, 2000);

    expect(errorOf(world, 'output.failed')).toMatchObject({ code: 'RTMP_AUTH_REFUSED' });
  });
});

describe('T6: a server that falls silent on air', () => {
  it.each([
    { name: 'and no longer acknowledges', behaviour: { answersPings: false } },
    { name: 'and no longer answers pings', behaviour: { acknowledges: 'never' } },
  ] as const)('$name is given up within 10 s, at 24 kbit/s', async ({ behaviour }) => {
    const world = await outputWorld({ behaviours: [behaviour] });
    const { peer, until, pass } = world;
    await until(() => onAir(world), 1000);
    await pass(30_000);
    expect(world.count('output.interrupted')).toBe(0);

    peer.freeze(true);
    const tookMs = await until(() => world.count('output.interrupted') === 1, 11_000);

    expect(tookMs).toBeLessThanOrEqual(10_250);
    expect(errorOf(world, 'output.interrupted')).toMatchObject({ code: 'RTMP_STALLED' });
  });

  it('but has never said a word since publish, and reads, stays', async () => {
    const world = await outputWorld({
      behaviours: [{ acknowledges: 'never', answersPings: false }],
    });
    await world.until(() => onAir(world), 1000);

    for (let second = 0; second < 60; second++) {
      await world.pass(1000, 1000);
      // What the kernel has confirmed is read from a file, which takes real time.
      await pause(READ_MS);
    }

    expect(world.count('output.interrupted')).toBe(0);
  });
});

describe('T8: a server that reads 1 kB/s', () => {
  it('gets whole frames in order, the newest; the call says so, and other outputs notice nothing', async () => {
    const world = await outputWorld({
      behaviours: [{ readsBytesPerSecond: 1000 }, {}],
      frameBytes: 100_000,
    });
    const { peers, until, pass, events, nowMs } = world;
    const [slow, quick] = peers;
    await until(() => world.count('output.publishing') === 2, 8000);
    await pass(5000, 100);

    const told = events.filter(({ event }) => event.type === 'output.congested');
    expect(told.length).toBeGreaterThanOrEqual(1);
    for (const { event } of told)
      expect((event.data as { queuedMs: number }).queuedMs).toBeLessThanOrEqual(2100);
    expect(slow?.connections[0]?.complaint).toBeUndefined();
    const heard = (quick?.tags ?? []).slice(2).map(madeAtMs);
    expect(
      heard
        .slice(1)
        .map((ms, i) => ms - (heard[i] ?? 0))
        .every((ms) => ms === 23),
    ).toBe(true);
    expect(nowMs() - (heard.at(-1) ?? 0)).toBeLessThan(200);
  });
});

describe('T12: RTMPS', () => {
  let folder: string;
  let ca: TestCa;
  let trust: RtmpTrust | undefined;
  const servers = new Map<string, TlsOptions>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callcast-rtmps-'));
    ca = await TestCa.create(join(folder, 'ca'));
    const stranger = await TestCa.create(join(folder, 'stranger'));
    trust = readRtmpTrust(ca.certificatePath, []);
    const good = { addresses: ['127.0.0.1'] };
    const options = async (from: TestCa, request: Parameters<TestCa['issue']>[0]) => {
      const { certificate: cert, key } = await from.issue(request);
      return { cert, key };
    };
    servers.set('good', await options(ca, good));
    servers.set('expired', await options(ca, { ...good, isExpired: true }));
    servers.set('wrong name', await options(ca, { names: ['other.example'] }));
    servers.set('unknown authority', await options(stranger, good));
    servers.set('TLS 1.0 only', {
      ...(await options(ca, good)),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const secured = (name: string, trusted: RtmpTrust | undefined) =>
    outputWorld({ places: [{ tls: servers.get(name) ?? {} }], tools: { trust: trusted } });

  it('is spoken to a server whose certificate is good', async () => {
    const world = await secured('good', trust);

    await world.until(() => onAir(world), 2000);
    await world.pass(5000);
    world.peer.hangUp('reset');

    await world.until(() => world.count('output.publishing') === 2, 3000);
    expect(world.peer.tags.length).toBeGreaterThan(200);
  });

  it.each([
    { name: 'expired', says: /expired/ },
    { name: 'wrong name', says: /made out for/ },
    { name: 'unknown authority', says: /authority|issuer|trusted|signed/ },
    { name: 'TLS 1.0 only', says: /TLS/ },
  ])('is refused with the reason: $name', async ({ name, says }) => {
    const world = await secured(name, trust);

    await world.until(() => world.count('output.interrupted') >= 1, 2000);
    await world.pass(60_000, 1000);

    expect(world.count('output.publishing')).toBe(0);
    const error = errorOf(world, 'output.interrupted') as { code: string; detail: string };
    expect(error.code).toBe('RTMP_TLS');
    expect(error.detail).toMatch(says);
  });

  it('is refused where the authority is good but was not configured', async () => {
    const world = await secured('good', undefined);

    await world.until(() => world.count('output.interrupted') >= 1, 2000);

    expect(errorOf(world, 'output.interrupted')).toMatchObject({ code: 'RTMP_TLS' });
  });

  it('is given up within 10 s when the server never speaks it', async () => {
    const silent = await startPeer({ stallAt: 'accept' });
    const world = await outputWorld({ urls: [`rtmps://127.0.0.1:${silent.port}/live`] });

    const tookMs = await world.until(() => world.count('output.interrupted') === 1, 11_000);

    expect(tookMs).toBeLessThanOrEqual(10_250);
  });
});

describe('T13: a name that leads elsewhere', () => {
  it('is looked up anew at each attempt, and may be unknown for a while', async () => {
    const first = await startPeer({});
    const second = await startPeer({}, { host: '::1', port: first.port });
    let answer: string | undefined = '127.0.0.1';
    const world = await outputWorld({
      urls: [`rtmp://cdn.example:${first.port}/live`],
      tools: {
        lookup: (_, __, tell) => {
          if (answer === undefined) tell(Object.assign(new Error(), { code: 'ENOTFOUND' }), []);
          else tell(null, [{ address: answer, family: answer === '::1' ? 6 : 4 }]);
        },
      },
    });
    await world.until(() => onAir(world), 1000);

    answer = undefined;
    first.hangUp('reset');
    await world.pass(30_000);
    expect(world.count('output.interrupted')).toBeGreaterThan(3);
    answer = '::1';
    await world.until(() => world.count('output.publishing') === 2, 37_000);

    expect([first.connectionCount, second.connectionCount]).toEqual([1, 1]);
  });
});

describe('a server that asks to be left', () => {
  it('for another one is left when that one has the stream, without a gap', async () => {
    const next = await startPeer({});
    const world = await outputWorld();
    const { peer, until, pass } = world;
    await until(() => onAir(world), 1000);
    await pass(2000);

    peer.connections[0]?.askToReconnect(`rtmp://127.0.0.1:${next.port}/live`);
    await until(() => next.tags.length > 10 && peer.openConnections === 0, 3000);

    expect(world.count('output.moved')).toBe(1);
    expect(world.count('output.interrupted')).toBe(0);
    expect(peer.commands.map(([name]) => name)).toContain('FCUnpublish');
    const before = peer.tags.slice(2).map(madeAtMs);
    const after = next.tags.slice(2).map(madeAtMs);
    expect((after[0] ?? 0) - (before.at(-1) ?? 0)).toBeLessThanOrEqual(23);
  });

  it('for itself, and keeps the key until it goes, is back within 3 s', async () => {
    const world = await outputWorld();
    const { peer, until, pass } = world;
    await until(() => onAir(world), 1000);
    peer.connections[0]?.askToReconnect();
    await pass(2000);
    expect(peer.openConnections).toBe(1);

    peer.hangUp('fin');
    await until(() => world.count('output.publishing') === 2, 3000);

    expect(world.count('output.failed')).toBe(0);
  });

  it('for a place that is none is not left', async () => {
    const world = await outputWorld();
    await world.until(() => onAir(world), 1000);
    for (const place of ['http://127.0.0.1/', 'rtmp://', '\u0000', 'rtmp://127.0.0.1:1/live'])
      world.peer.connections[0]?.askToReconnect(place);

    await world.pass(15_000);

    expect(world.count('output.interrupted')).toBe(0);
    expect(world.peer.connectionCount).toBe(1);
  });
});
