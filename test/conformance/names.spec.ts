import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, systemTimers } from '#foundation';
import { DnsNames } from '#adapters/sip-transport';
import { DnsStub } from '#testkit';
import type { DnsStubZone } from '#testkit';

const ZONE: DnsStubZone = {
  naptr: {
    'trunk.example': [
      {
        ...{ order: 10, preference: 20, flags: 's', service: 'SIP+D2U' },
        ...{ regexp: '', replacement: '_sip._udp.trunk.example' },
      },
    ],
  },
  srv: {
    '_sip._udp.trunk.example': [{ priority: 1, weight: 2, port: 5070, target: 'a.trunk.example' }],
    '_sip._tcp.trunk.example': [{ priority: 0, weight: 0, port: 0, target: '.' }],
  },
  a: { 'a.trunk.example': ['192.0.2.1', '192.0.2.2'] },
  aaaa: { 'a.trunk.example': ['2001:db8::1', '::ffff:c000:201'] },
  failing: ['A broken.example'],
};

const stubs: DnsStub[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.close();
});

async function setup(zone: DnsStubZone = ZONE) {
  const stub = await DnsStub.start(zone);
  stubs.push(stub);
  const names = new DnsNames({
    servers: [stub.server],
    system: (name) =>
      name === 'hosts.example' ? Promise.resolve(['192.0.2.9']) : Promise.reject(new Error('none')),
    clock: systemClock,
    timers: systemTimers,
  });
  return { names, stub };
}

describe('names', () => {
  it('are asked for in the DNS, every kind of record', async () => {
    const { names } = await setup();

    const [naptr, srv, gone, a, aaaa] = await Promise.all([
      names.naptr('Trunk.Example.'),
      names.srv('_sip._udp.trunk.example'),
      names.srv('_sip._tcp.trunk.example'),
      names.addresses('a.trunk.example', 4),
      names.addresses('a.trunk.example', 6),
    ]);

    expect(naptr.records).toEqual(ZONE.naptr?.['trunk.example']);
    expect(srv.records).toEqual(ZONE.srv?.['_sip._udp.trunk.example']);
    expect(gone.records.map(({ target }) => target.replace('.', ''))).toEqual(['']);
    expect(a.records).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(aaaa.records).toEqual(['2001:db8::1', '::ffff:192.0.2.1']);
  });

  it.each([
    ['does not exist', 'nobody.example', false],
    ['has no such record', 'trunk.example', false],
    ['cannot be told by its server', 'broken.example', true],
  ])('are told apart: one that %s', async (_case, name, hasFailed) => {
    expect(await (await setup()).names.addresses(name, 4)).toMatchObject({
      records: [],
      hasFailed,
    });
  });

  it('fail when the name server is silent and the question is taken back', async () => {
    const { names, stub } = await setup({ silent: ['A silent.example'] });

    const asking = names.addresses('silent.example', 4);
    await expect.poll(() => stub.asked).toEqual(['A silent.example']);
    names.cancel();

    expect(await asking).toEqual({ records: [], hasFailed: true });
    expect(names.waitingCount).toBe(0);
  });

  it('are asked for once as long as the answer holds', async () => {
    const { names, stub } = await setup();

    await names.addresses('a.trunk.example', 4);
    await names.addresses('a.trunk.example', 4);
    await names.addresses('nobody.example', 4);
    await names.addresses('nobody.example', 4);

    expect(stub.asked).toEqual(['A a.trunk.example', 'A nobody.example']);
  });

  it('are asked of the system, which reads the hosts file', async () => {
    const { names, stub } = await setup();

    expect(await names.fromSystem('hosts.example')).toEqual({
      records: ['192.0.2.9'],
      hasFailed: false,
    });
    expect(await names.fromSystem('nobody.example')).toEqual({ records: [], hasFailed: false });
    expect(stub.asked).toEqual([]);
  });

  it('are known without asking anybody when they are never in the DNS (RFC 6761)', async () => {
    const { names, stub } = await setup();

    const answers = await Promise.all([
      names.addresses('localhost', 4),
      names.addresses('Trunk.localhost.', 6),
      names.addresses('no-such-host.invalid', 4),
      names.srv('_sip._udp.no-such-host.invalid'),
      names.naptr('localhost'),
      names.fromSystem('no-such-host.invalid'),
    ]);

    expect(answers.map(({ records }) => records)).toEqual([['127.0.0.1'], ['::1'], [], [], [], []]);
    expect(stub.asked).toEqual([]);
  });
});
