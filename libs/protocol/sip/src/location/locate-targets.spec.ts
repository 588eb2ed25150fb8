import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScriptedNames, SeededRandom } from '#testkit';
import type { ScriptedZone } from '#testkit';
import { parseUri } from '../message/uri.ts';
import { locateTargets } from './locate-targets.ts';
import type { Located } from './route-finder.ts';
import { targetOf } from './uri-target.ts';

const ALL = ['udp4', 'tcp4', 'tls4', 'udp6', 'tcp6', 'tls6'];
const IPV4_ONLY = ['udp4', 'tcp4', 'tls4'];

const naptr = (order: number, service: string, replacement: string) => ({
  order,
  preference: 50,
  flags: 'S',
  service,
  regexp: '',
  replacement,
});
const srv = (target: string, priority = 1, port = 5060) => ({ target, priority, port, weight: 1 });

/** A house with everything: NAPTR for TLS, TCP and UDP, each with hosts of its own. */
const ZONE: ScriptedZone = {
  naptr: {
    'example.com': [
      naptr(50, 'SIPS+D2T', '_sips._tcp.example.com'),
      naptr(90, 'SIP+D2T', '_sip._tcp.example.com'),
      naptr(100, 'SIP+D2U', '_sip._udp.example.com'),
    ],
  },
  srv: {
    '_sips._tcp.example.com': [srv('tls.example.com', 1, 5071)],
    '_sip._tcp.example.com': [srv('one.example.com', 0), srv('two.example.com', 1, 5062)],
    '_sip._udp.example.com': [srv('two.example.com', 1), srv('one.example.com', 0, 5070)],
    '_sip._udp.plain.example': [srv('one.example.com')],
    '_sip._tcp.plain.example': [srv('one.example.com')],
    '_sip._udp.gone.example': [srv('.')],
    '_sip._tcp.half.example': [srv('one.example.com')],
    '_sip._udp.half.example': [srv('')],
  },
  a: {
    'example.com': ['192.0.2.80'],
    'one.example.com': ['192.0.2.1', '192.0.2.11'],
    'two.example.com': ['192.0.2.2'],
    'tls.example.com': ['192.0.2.3'],
    'gone.example': ['192.0.2.80'],
    'bare.example': ['192.0.2.4'],
  },
  aaaa: { 'one.example.com': ['2001:db8::1'], 'six.example': ['2001:db8::6'] },
  system: { 'hosts.example': ['192.0.2.9', '2001:db8::9'], 'bare.example': ['192.0.2.99'] },
};

async function locate(uri: string, { zone = ZONE, sockets = IPV4_ONLY } = {}) {
  const names = new ScriptedNames(zone);
  const located: Located = await locateTargets(targetOf(parseUri(uri)), {
    names,
    random: new SeededRandom(1),
    reaches: (transport, family) => sockets.includes(`${transport}${family}`),
  });
  const targets = located.paths.map(
    ({ transport, address, port }) => `${transport} ${address} ${port}`,
  );
  return { targets, asked: names.asked, located };
}

describe('the targets of a URI (RFC 3263 section 4)', () => {
  it.each([
    [
      'by NAPTR, of the transports we have',
      'sip:example.com',
      ['udp4', 'tcp4'],
      ['tcp 192.0.2.1 5060', 'tcp 192.0.2.11 5060', 'tcp 192.0.2.2 5062'],
    ],
    ['by NAPTR, TLS for sip: when it is preferred', 'sip:example.com', ALL, ['tls 192.0.2.3 5071']],
    ['by NAPTR, only TLS for sips:', 'sips:example.com', ALL, ['tls 192.0.2.3 5071']],
    [
      'by SRV of the transport that is named',
      'sip:example.com;transport=udp',
      IPV4_ONLY,
      ['udp 192.0.2.1 5070', 'udp 192.0.2.11 5070', 'udp 192.0.2.2 5060'],
    ],
    ['by SRV of TLS', 'sip:example.com;transport=tls', IPV4_ONLY, ['tls 192.0.2.3 5071']],
    [
      'by SRV of all transports without NAPTR',
      'sip:plain.example',
      IPV4_ONLY,
      ['udp 192.0.2.1 5060', 'udp 192.0.2.11 5060', 'tcp 192.0.2.1 5060', 'tcp 192.0.2.11 5060'],
    ],
    [
      'by SRV of what is there when one transport is decidedly not',
      'sip:half.example',
      IPV4_ONLY,
      ['tcp 192.0.2.1 5060', 'tcp 192.0.2.11 5060'],
    ],
    ['by address, with UDP, without SRV', 'sip:bare.example', IPV4_ONLY, ['udp 192.0.2.4 5060']],
    ['by address, with TLS for sips:', 'sips:bare.example', IPV4_ONLY, ['tls 192.0.2.4 5061']],
    [
      'by address when the port is named',
      'sip:example.com:5080',
      IPV4_ONLY,
      ['udp 192.0.2.80 5080'],
    ],
    [
      'by address when port and transport are named',
      'sip:example.com:5080;transport=tcp',
      IPV4_ONLY,
      ['tcp 192.0.2.80 5080'],
    ],
    [
      'of maddr, which overrules the host',
      'sip:example.com;maddr=bare.example;transport=udp',
      IPV4_ONLY,
      ['udp 192.0.2.4 5060'],
    ],
    [
      'of both IP versions in turn',
      'sip:one.example.com',
      ALL,
      ['udp 192.0.2.1 5060', 'udp 2001:db8::1 5060', 'udp 192.0.2.11 5060'],
    ],
    ['of IPv6 alone', 'sip:one.example.com:5090', ['udp6'], ['udp 2001:db8::1 5090']],
    [
      'by the hosts file when DNS knows no address',
      'sip:hosts.example',
      ALL,
      ['udp 192.0.2.9 5060', 'udp 2001:db8::9 5060'],
    ],
    [
      'by the hosts file, of the IP version we have',
      'sip:hosts.example;transport=tcp',
      ['tcp6'],
      ['tcp 2001:db8::9 5060'],
    ],
  ])('are found %s', async (_name, uri, sockets, targets) => {
    expect((await locate(uri, { sockets })).targets).toEqual(targets);
  });

  it.each([
    ['the service is decidedly not there', 'sip:gone.example;transport=udp', IPV4_ONLY],
    ['the name is unknown', 'sip:nobody.example', IPV4_ONLY],
    ['there is no socket for its IP version', 'sip:six.example', IPV4_ONLY],
    ['there is no socket for its transport', 'sip:example.com;transport=tls', ['udp4']],
    ['the transport is none of ours', 'sip:example.com;transport=sctp', IPV4_ONLY],
  ])('are none when %s', async (_name, uri, sockets) => {
    const { located } = await locate(uri, { sockets });

    expect(located).toEqual({ paths: [], problem: 'unknownName' });
  });

  it.each([
    ['sip:example.com:5080', ['A example.com']],
    ['sip:bare.example;transport=tcp', ['SRV _sip._tcp.bare.example', 'A bare.example']],
    ['sips:bare.example', ['NAPTR bare.example', 'SRV _sips._tcp.bare.example', 'A bare.example']],
    ['sip:example.com', ['NAPTR example.com', 'SRV _sips._tcp.example.com', 'A tls.example.com']],
  ])('of %s cost these questions', async (uri, asked) => {
    expect((await locate(uri)).asked).toEqual(asked);
  });

  it('tell the name that the certificate must carry, which is that of the URI', async () => {
    const { located } = await locate('sips:example.com');

    expect(located.paths[0]?.serverName).toBe('example.com');
  });

  it('tell a failure of the name servers from a name that does not exist', async () => {
    const failing = ['A nobody.example'];

    const { located } = await locate('sip:nobody.example', { zone: { failing } });

    expect(located).toEqual({ paths: [], problem: 'nameServersFailed' });
  });

  it('are found in spite of failures on the way', async () => {
    const failing = ['NAPTR bare.example', 'SRV _sip._udp.bare.example'];

    const { targets } = await locate('sip:bare.example', { zone: { ...ZONE, failing } });

    expect(targets).toEqual(['udp 192.0.2.4 5060']);
  });

  it('are bounded, and so are the questions, whatever a zone holds', async () => {
    const many = Array.from({ length: 500 }, (_, at) => at);
    const zone: ScriptedZone = {
      naptr: { 'evil.example': many.map((at) => naptr(1, 'SIP+D2U', `s${at}.evil.example`)) },
      srv: Object.fromEntries(
        many.map((at) => [`s${at}.evil.example`, many.map((host) => srv(`h${host}.evil.example`))]),
      ),
      a: Object.fromEntries(
        many.map((host) => [
          `h${host}.evil.example`,
          many.map((at) => `192.0.${host % 250}.${at % 250}`),
        ]),
      ),
    };

    const { targets, asked } = await locate('sip:evil.example', { zone });

    expect(targets).toHaveLength(16);
    expect(asked.length).toBeLessThanOrEqual(1 + 8 + 16);
  });

  it('are never anything but distinct addresses that can be reached', async () => {
    const text = fc.constantFrom('', '.', 'a', 'a.b', 'A b', '::', '192.0.2.1', '\0', '[x]', 'é');
    const number = fc.constantFrom(-1, 0, 1, 65_535, 65_536);
    const zone = fc.record({
      naptr: fc.array(
        fc.record({
          order: number,
          preference: number,
          flags: fc.constantFrom('s', 'S', ''),
          service: fc.constantFrom('SIP+D2U', 'sip+d2t', ''),
          regexp: fc.constant(''),
          replacement: text,
        }),
      ),
      srv: fc.array(fc.record({ priority: number, weight: number, port: number, target: text })),
      a: fc.array(text),
    });
    const anyName = <T>(records: readonly T[]) =>
      new Proxy({}, { get: () => records }) as Record<string, readonly T[]>;
    await fc.assert(
      fc.asyncProperty(zone, async ({ naptr: rules, srv: servers, a }) => {
        const { targets } = await locate('sip:evil.example', {
          zone: { naptr: anyName(rules), srv: anyName(servers), a: anyName(a) },
        });

        expect(new Set(targets).size).toBe(targets.length);
        for (const target of targets) expect(target).toMatch(/^(udp|tcp|tls) 192\.0\.2\.1 \d+$/);
      }),
    );
  });
});
