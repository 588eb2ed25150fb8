import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, systemTimers } from '#foundation';
import { DnsNames } from '#adapters/sip-transport';
import type { SignallingServerOptions } from '#adapters/sip-transport';
import { DnsStub, SeededRandom, startSippCallee } from '#testkit';
import type { DnsStubZone, SippCallee } from '#testkit';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { SipPeer } from '../support/sip-peer.ts';
import { rejection } from '../support/srf-client.ts';
import type { Srf, SrfMessage, SrfOutgoing } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

/** For peers that take some time to answer: 64*T1 is 3.2 s, a silent target is left after 0.5 s. */
const SLOW = { timersConfig: { t1Ms: 50, t2Ms: 200, t4Ms: 200 }, nextTargetAfterMs: 500 };
const BRANCH = /;branch=(z9hG4bK[\da-f]+)/;

const world = new SignallingWorld();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await world.close();
  for (const close of closing.splice(0)) await close();
});

/** A server that asks a name server of ours. */
async function setup(zone: DnsStubZone, options: Partial<SignallingServerOptions> = {}) {
  const dns = await DnsStub.start(zone);
  closing.push(() => dns.close());
  const server = await world.server({ dnsServers: [dns.server], ...options });
  return { dns, server, srf: await world.client(server) };
}

async function callee(options: Parameters<typeof startSippCallee>[0]): Promise<SippCallee> {
  const started = await startSippCallee(options);
  closing.push(() => started.stop());
  return started;
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const peer = await world.peer();
  await peer.close();
  return peer.port;
}

const host = (priority: number, port: number, weight = 0) => ({
  ...{ priority, weight, port },
  target: 'host.trunk.example',
});
const HOST = { 'host.trunk.example': ['127.0.0.1'] };

/** A zone whose UDP service is offered at these ports of 127.0.0.1, the first preferred. */
const portsInOrder = (ports: readonly number[]): DnsStubZone => ({
  srv: { '_sip._udp.trunk.example': ports.map((port, at) => host(at, port)) },
  a: HOST,
});

const branchOf = (text: string | undefined): string => BRANCH.exec(text ?? '')?.[1] ?? '';

/** Sends an OPTIONS and gives its final response. */
async function options(srf: Srf, callId: string): Promise<SrfMessage> {
  return await new Promise((resolve, reject) => {
    const request = { method: 'OPTIONS', headers: { 'Call-ID': callId } };
    srf.request('sip:trunk.example', request, (error, outgoing: SrfOutgoing) => {
      if (error === null) outgoing.on('response', resolve);
      else reject(error);
    });
  });
}

/** Answers every OPTIONS, as long as the test runs. */
function answerOptions(peer: SipPeer): void {
  void peer.request('OPTIONS').then(
    (request) => {
      peer.respond(request, 200);
      answerOptions(peer);
    },
    () => undefined,
  );
}

describe('a call to a name with several targets', () => {
  it('passes a dead, a silent and a refusing one, and starts with the good one the next time', async () => {
    const silent = await world.peer();
    const refusing = await callee({
      behaviour: { type: 'reject', status: 503, reason: 'Service Unavailable' },
    });
    const answering = await callee({});
    const ports = [await closedPort(), silent.port, refusing.port, answering.port];
    const { server, srf } = await setup(portsInOrder(ports), SLOW);

    const dialog = await srf.createUAC('sip:callee@trunk.example', { localSdp: OFFER });
    await dialog.destroy();
    const silentCount = silent.countAll('INVITE');
    const next = await srf.createUAC('sip:callee@trunk.example', { localSdp: OFFER });
    await next.destroy();

    const invite = await silent.request('INVITE');
    const branches = [
      branchOf(invite.headers.get('Via')),
      branchOf(refusing.messages()),
      branchOf(answering.messages()),
    ];
    expect(new Set(branches).size).toBe(3);
    expect(branches).not.toContain('');
    const identity = ['Call-ID', 'CSeq', 'From'].map((name) => invite.headers.get(name) ?? '?');
    for (const value of identity) expect(answering.messages()).toContain(value);
    expect(silentCount).toBeGreaterThan(0);
    expect(silent.countAll('INVITE')).toBe(silentCount);
    expect([refusing.errors(), answering.errors()]).toEqual(['', '']);
    await allTablesEmpty(server);
  });

  it('stops a phone that rings, and ends a call that is answered, after it was left', async () => {
    const [ringing, answered, last] = [await world.peer(), await world.peer(), await world.peer()];
    const ports = [ringing.port, answered.port, last.port];
    const { server, srf } = await setup(portsInOrder(ports), SLOW);

    let rang = (): void => undefined;
    const rings = new Promise<void>((resolve) => (rang = resolve));
    const calling = srf.createUAC(
      'sip:callee@trunk.example',
      { localSdp: OFFER },
      { cbProvisional: () => rang() },
    );
    const first = await ringing.request('INVITE');
    const second = await answered.request('INVITE');
    const third = await last.request('INVITE');
    last.respond(third, 180, { toTag: 'last' });
    await rings;
    ringing.respond(first, 180, { toTag: 'ringing' });
    const cancel = await ringing.request('CANCEL');
    ringing.respond(cancel, 200);
    ringing.respond(first, 487, { toTag: 'ringing' });
    answered.respond(second, 200, { toTag: 'answered' });
    const bye = await answered.request('BYE');
    answered.respond(bye, 200);
    last.respond(third, 200, { toTag: 'last' });
    const dialog = await calling;
    const ending = dialog.destroy();
    last.respond(await last.request('BYE'), 200);
    await ending;

    expect(cancel.headers.get('Via')).toBe(first.headers.get('Via'));
    expect(answered.count('ACK')).toBe(1);
    expect(bye.headers.get('To')).toContain('tag=answered');
    expect(dialog.id).toContain(third.headers.get('Call-ID') ?? '?');
    await allTablesEmpty(server);
  });

  it('is told of the last failure when all targets fail', async () => {
    const refusing = await world.peer();
    const { server, srf } = await setup(portsInOrder([await closedPort(), refusing.port]));

    const calling = rejection(srf.createUAC('sip:callee@trunk.example', { localSdp: OFFER }));
    refusing.respond(await refusing.request('INVITE'), 503, { headers: [['Retry-After', '7']] });
    const error = await calling;

    expect(error).toMatchObject({ status: 503, res: { msg: { headers: { 'retry-after': '7' } } } });
    await allTablesEmpty(server);
  });

  it('takes any other failure for the answer', async () => {
    const [busy, never] = [await world.peer(), await world.peer()];
    const { server, srf } = await setup(portsInOrder([busy.port, never.port]));

    const calling = rejection(srf.createUAC('sip:callee@trunk.example', { localSdp: OFFER }));
    busy.respond(await busy.request('INVITE'), 486);

    expect((await calling).status).toBe(486);
    expect(never.received).toEqual([]);
    await allTablesEmpty(server);
  });

  it('goes by the transport that NAPTR prefers, and says so in its Contact', async () => {
    const [tcp, udp] = [await world.peer('tcp'), await world.peer('udp')];
    const rule = (order: number, service: string, replacement: string) => ({
      ...{ order, preference: 1, flags: 's', service, regexp: '', replacement },
    });
    const { server, srf } = await setup({
      naptr: {
        'trunk.example': [
          rule(2, 'SIP+D2U', '_sip._udp.trunk.example'),
          rule(1, 'SIP+D2T', '_sip._tcp.trunk.example'),
        ],
      },
      srv: {
        '_sip._tcp.trunk.example': [host(1, tcp.port)],
        '_sip._udp.trunk.example': [host(1, udp.port)],
      },
      a: HOST,
    });

    const calling = rejection(srf.createUAC('sip:callee@trunk.example', { localSdp: OFFER }));
    const invite = await tcp.request('INVITE');
    tcp.respond(invite, 486);
    await calling;

    expect(invite.headers.get('Via')).toContain('SIP/2.0/TCP');
    expect(invite.headers.get('Contact')).toContain(';transport=tcp');
    expect(udp.received).toEqual([]);
    await allTablesEmpty(server);
  });

  it('finds a Contact that is a name, for the ACK and for the BYE', async () => {
    const [proxy, peer] = [await world.peer(), await world.peer()];
    const { dns, server, srf } = await setup({
      srv: { '_sip._udp.contact.example': [host(1, peer.port)] },
      a: HOST,
    });

    const calling = srf.createUAC(proxy.uri, { localSdp: OFFER });
    proxy.respond(await proxy.request('INVITE'), 200, { contact: '<sip:bob@contact.example>' });
    const dialog = await calling;
    await peer.request('ACK');
    const ending = dialog.destroy();
    peer.respond(await peer.request('BYE'), 200);
    await ending;

    expect(dns.asked.filter((question) => question.startsWith('SRV _sip._udp'))).toHaveLength(1);
    await allTablesEmpty(server);
  });

  it('is found by the hosts file when the DNS does not know it', async () => {
    const peer = await world.peer();
    const dns = await DnsStub.start({});
    closing.push(() => dns.close());
    const names = new DnsNames({
      servers: [dns.server],
      system: () => Promise.resolve(['127.0.0.1']),
      ...{ clock: systemClock, timers: systemTimers },
    });
    const { server, srf } = await setup({}, { names });

    const calling = rejection(srf.createUAC(`sip:x@pbx.example:${peer.port}`, { localSdp: OFFER }));
    peer.respond(await peer.request('INVITE'), 486);
    await calling;

    expect(dns.asked).toContain('A pbx.example');
    await allTablesEmpty(server);
  });
});

describe('requests to a name with equal targets', () => {
  it('are shared out by weight, those with one Call-ID going together', async () => {
    const [heavy, light] = [await world.peer(), await world.peer()];
    answerOptions(heavy);
    answerOptions(light);
    const { server, srf } = await setup(
      {
        srv: { '_sip._udp.trunk.example': [host(1, heavy.port, 80), host(1, light.port, 20)] },
        a: HOST,
      },
      { random: new SeededRandom(11) },
    );

    for (let call = 0; call < 50; call += 1) {
      await options(srf, `call-${call}`);
      await options(srf, `call-${call}`);
    }

    const callIds = (peer: SipPeer) =>
      new Set(peer.received.map(({ headers }) => headers.get('Call-ID')));
    const [heavyIds, lightIds] = [callIds(heavy), callIds(light)];
    expect(heavyIds.size + lightIds.size).toBe(50);
    // Four fifths of 50, three standard deviations about it.
    expect(heavyIds.size).toBeGreaterThanOrEqual(31);
    expect(heavyIds.size).toBeLessThanOrEqual(49);
    await allTablesEmpty(server);
  });

  it('reach a silent target again only after the others', async () => {
    const [silent, good] = [await world.peer(), await world.peer()];
    answerOptions(good);
    const { server, srf } = await setup(portsInOrder([silent.port, good.port]), {
      nextTargetAfterMs: 100,
    });

    await options(srf, 'one');
    await until(() => silent.count('OPTIONS') === 1, 'the first target was tried');
    await options(srf, 'two');

    expect(silent.count('OPTIONS')).toBe(1);
    expect(good.count('OPTIONS')).toBe(2);
    await allTablesEmpty(server);
  });
});
