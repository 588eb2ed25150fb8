import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateCallInput } from '#contracts';
import { TestCa, startBaresip, startKamailio } from '#testkit';
import type { Baresip, Kamailio } from '#testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { judge, toneShares, untilHeard } from './support/recording.ts';
import { Stage } from './support/stage.ts';

const CALLER = { username: 'me', password: 'right' };
/** Each test calls a user of its own. */
const CALLEES = [
  { user: 'anna', transport: 'udp', toneHz: 440, codec: 'PCMU' },
  { user: 'ben', transport: 'tcp', toneHz: 660, codec: 'PCMA' },
  { user: 'hana', transport: 'udp', toneHz: 880 },
  { user: 'rita', transport: 'udp', toneHz: 300, isAutoAnswer: false },
  { user: 'carl', transport: 'tcp', toneHz: 300, isAutoAnswer: false },
  { user: 'mona', transport: 'tcp', toneHz: 550 },
  { user: 'tess', transport: 'tls', toneHz: 770 },
] as const;
const [ANNA, BEN] = CALLEES;
const HOST = '127.0.0.1';

/** One Kamailio with one baresip behind it, whose users are registered over a transport each. */
describe.concurrent('a call through Kamailio to baresip', () => {
  let stage: Stage;
  let kamailio: Kamailio;
  let baresip: Baresip;
  let folder: string;

  beforeAll(async () => {
    const password = 'of-all-callees';
    const callees = Object.fromEntries(CALLEES.map(({ user }) => [user, password]));
    const users = { [CALLER.username]: CALLER.password, ...callees };
    folder = mkdtempSync(join(tmpdir(), 'callcast-interop-'));
    const { settings, tls } = await issue();
    [stage, kamailio] = await Promise.all([
      Stage.open({ settings }),
      startKamailio({ users, tls }),
    ]);
    const { domain } = kamailio;
    baresip = await startBaresip({
      accounts: CALLEES.map(({ transport, ...account }) => ({
        ...account,
        registrar: { domain, password, proxyUri: kamailio.proxyUri(transport) },
      })),
      maxCalls: CALLEES.length,
      tls,
    });
  });

  afterAll(async () => {
    await eventually(async () => expect(await kamailio.transactionCount()).toBe(0));
    await baresip.stop();
    await stage.close();
    await kamailio.stop();
    rmSync(folder, { recursive: true });
  });

  /** An authority for all three, which Callcast trusts for calls to this machine. */
  const issue = async () => {
    const ca = await TestCa.create(folder);
    const tls = await ca.issue({ addresses: [HOST] });
    const { certificatePath: certificate, keyPath: key } = tls;
    const file = join(folder, 'tls.json');
    // Kamailio makes a connection of its own to bring a BYE.
    const listen = { port: 0, certificate, key };
    const peers = [{ domains: [HOST], ca: ca.certificatePath }];
    writeFileSync(file, JSON.stringify({ listen, peers }));
    return { settings: { CALLCAST_SIP_TLS: file }, tls };
  };

  const place = async (user: string, change: Partial<CreateCallInput> = {}) => {
    const streamKey = `interop-${user}`;
    const { id } = await stage.place({
      to: `sip:${user}@${kamailio.domain}`,
      auth: CALLER,
      outboundProxy: kamailio.proxyUri('udp'),
      outputs: [{ url: stage.rtmpUrl, streamKey }],
      ...change,
    });
    return { id, recording: () => stage.recordingsOf(streamKey)[0] ?? '' };
  };

  /**
   * T for each 200 ms that is little else than the tone, - for all others: baresip makes the tone while it plays it, so
   * that on a busy machine there are holes in it.
   */
  const toneIn = (samples: Int16Array, toneHz: number): string =>
    toneShares(samples, toneHz)
      .map((share) => (share > 0.8 ? 'T' : '-'))
      .join('');

  /** Waits until the tone has come and gone like this. */
  const untilTone = (recording: () => string, toneHz: number, pattern: RegExp) =>
    untilHeard(recording, (samples) => pattern.test(toneIn(samples, toneHz)));

  /** What went through the proxy, from either side. */
  const requestsOf = (id: string | undefined): string[] =>
    kamailio
      .requests()
      .filter(({ callId }) => callId === id)
      .map(({ method, transport }) => `${method} ${transport}`);

  it.each([ANNA, BEN])(
    'is challenged, on air, and hung up along the recorded route, over $transport',
    async ({ user, transport, toneHz }) => {
      const call = await place(user, { outboundProxy: kamailio.proxyUri(transport) });
      const { callId } = await baresip.until('CALL_ESTABLISHED', user);
      await stage.untilLive(call.id);
      await untilTone(call.recording, toneHz, /T/);

      await stage.hangUp(call.id);
      const ended = await stage.untilEnded(call.id);
      await baresip.until('CALL_CLOSED', user);

      expect(ended.verdict).toMatchObject({ result: 'completed', code: 'CALL_HUNG_UP' });
      expect(requestsOf(callId)).toEqual(
        ['INVITE', 'INVITE', 'ACK', 'BYE'].map((method) => `${method} ${transport}`),
      );
    },
  );

  it('is on air over TLS with an authority of its own, and hung up by baresip', async () => {
    const call = await place('tess', { outboundProxy: kamailio.proxyUri('tls') });
    const { callId } = await baresip.until('CALL_ESTABLISHED', 'tess');
    await stage.untilLive(call.id);
    await untilTone(call.recording, 770, /T/);

    await baresip.command('tess', 'hangup');
    const ended = await stage.untilEnded(call.id);

    expect(ended.verdict).toMatchObject({ code: 'CALL_PEER_LEFT' });
    expect(requestsOf(callId)).toEqual(['INVITE tls', 'INVITE tls', 'ACK tls', 'BYE tls']);
  });

  it('crosses from UDP to TCP in the proxy, whose address is the domain', async () => {
    const call = await place('mona', { to: `sip:mona@${kamailio.address('udp')}` });
    const { callId } = await baresip.until('CALL_ESTABLISHED', 'mona');
    await stage.untilLive(call.id);

    await stage.hangUp(call.id);
    const ended = await stage.untilEnded(call.id);
    await baresip.until('CALL_CLOSED', 'mona');

    expect(ended.verdict).toMatchObject({ code: 'CALL_HUNG_UP' });
    expect(requestsOf(callId)).toEqual(['INVITE udp', 'INVITE udp', 'ACK udp', 'BYE udp']);
  });

  it('is held and resumed by baresip, which then hangs up: the stream goes on all the time', async () => {
    const call = await place('hana', { media: { direction: 'sendrecv' } });
    const { callId } = await baresip.until('CALL_ESTABLISHED', 'hana');
    const isHeard = (pattern: RegExp) => untilTone(call.recording, 880, pattern);
    await stage.untilLive(call.id);
    await isHeard(/T/);

    await baresip.command('hana', 'hold');
    await stage.until(call.id, ({ state }) => state === 'held');
    await isHeard(/T-{5,}$/);
    await baresip.command('hana', 'resume');
    await stage.until(call.id, ({ state }) => state === 'up');
    await isHeard(/T-{5,}.*T/);
    await baresip.command('hana', 'hangup');
    const ended = await stage.untilEnded(call.id);

    expect(ended.verdict).toMatchObject({ code: 'CALL_PEER_LEFT', fault: 'callee' });
    expect(ended.outputs[0]).toMatchObject({ state: 'closed', attempts: 1 });
    const change = ['INVITE udp', 'ACK udp'];
    expect(requestsOf(callId)).toEqual(['INVITE udp', ...change, ...change, ...change, 'BYE udp']);
    const found = await judge(call.recording());
    expect(found.complaints).toBe('');
    expect(found.largestGapMs).toBeLessThan(30);
  });

  it('is refused by a user of baresip', async () => {
    const call = await place('rita');
    await baresip.until('CALL_INCOMING', 'rita');
    await stage.until(call.id, ({ state }) => state === 'ringing');

    await baresip.command('rita', 'hangup');
    const ended = await stage.untilEnded(call.id);

    expect(ended.verdict).toMatchObject({ code: 'SIP_BUSY', detail: '486 Rejected' });
  });

  it('is taken back while baresip rings', async () => {
    const call = await place('carl');
    const { callId } = await baresip.until('CALL_INCOMING', 'carl');
    await stage.until(call.id, ({ state }) => state === 'ringing');

    await stage.hangUp(call.id);
    const ended = await stage.untilEnded(call.id);
    await baresip.until('CALL_CLOSED', 'carl');

    expect(ended.verdict).toMatchObject({ result: 'canceled', code: 'CALL_CANCELED' });
    expect(requestsOf(callId)).toEqual(['INVITE udp', 'INVITE udp', 'CANCEL udp', 'ACK udp']);
  });

  it('with a wrong password is refused by Kamailio', async () => {
    const call = await place('mallory', { auth: { ...CALLER, password: 'wrong' } });

    const ended = await stage.untilEnded(call.id);

    expect(ended.verdict).toMatchObject({ code: 'SIP_AUTH_REFUSED', fault: 'client' });
  });

  it('to a user who has not registered is refused by Kamailio', async () => {
    const call = await place('nobody');

    const ended = await stage.untilEnded(call.id);

    expect(ended.verdict).toMatchObject({ code: 'SIP_NOT_FOUND', detail: '404 Not Registered' });
  });

  it('answers SHA-256 challenges: registers, refreshes, calls a baresip without registrar, parts', async ({
    onTestFinished,
  }) => {
    const { username, password } = CALLER;
    const users = { [username]: password };
    const strict = await startKamailio({ users, algorithm: 'SHA-256', maxExpiresSec: 4 });
    onTestFinished(() => strict.stop());
    const direct = await startBaresip({ accounts: [{ user: 'olga', toneHz: 700 }], maxCalls: 1 });
    onTestFinished(() => direct.stop());
    const change = {
      to: direct.uri('olga'),
      from: { domain: strict.domain },
      outboundProxy: strict.proxyUri('tcp'),
    };

    const call = await place('olga', { ...change, register: true });
    await stage.untilLive(call.id);
    const [first] = await strict.bindings(username);
    await eventually(async () => {
      const [later] = await strict.bindings(username);
      expect(later?.cseq).toBeGreaterThan(first?.cseq ?? Infinity);
    });
    const busy = await stage.untilEnded((await place('second', change)).id);
    await direct.command('olga', 'hangup');
    const ended = await stage.untilEnded(call.id);
    const registers = () => strict.requests().filter(({ method }) => method === 'REGISTER');
    await eventually(async () => {
      expect(registers().at(-1)?.expiresSec).toBe(0);
      expect(await strict.bindings(username)).toEqual([]);
    });

    expect(first?.contact).toMatch(/^sip:\w+@127\.0\.0\.1:\d+;transport=tcp$/);
    expect(busy.verdict).toMatchObject({ code: 'SIP_BUSY' });
    expect(ended.verdict).toMatchObject({ code: 'CALL_PEER_LEFT' });
    expect(new Set(registers().map(({ callId }) => callId)).size).toBe(1);
  });
});
