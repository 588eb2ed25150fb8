import { describe, expect, it } from 'vitest';
import { isHostName, offeredServices } from './naptr-services.ts';
import type { NaptrRecord } from './name-service.ts';

const naptr = (
  [order, preference]: readonly [number, number],
  service: string,
  parts: Partial<NaptrRecord> = {},
): NaptrRecord => ({
  order,
  preference,
  flags: 's',
  service,
  regexp: '',
  replacement: `${service.toLowerCase()}.example.com`.replace('+', '-'),
  ...parts,
});

const ANY = (): boolean => true;

/** The records of RFC 3263 section 4.1. */
const RFC_3263 = [
  naptr([50, 50], 'SIPS+D2T', { replacement: '_sips._tcp.example.com.' }),
  naptr([90, 50], 'SIP+D2T', { replacement: '_sip._tcp.example.com' }),
  naptr([100, 50], 'SIP+D2U', { replacement: '_sip._udp.example.com.' }),
];

describe('the services that NAPTR records offer', () => {
  it.each([
    ['everything', ['udp', 'tcp', 'tls'], { transport: 'tls', name: '_sips._tcp.example.com.' }],
    ['TCP and UDP', ['udp', 'tcp'], { transport: 'tcp', name: '_sip._tcp.example.com' }],
    ['UDP', ['udp'], { transport: 'udp', name: '_sip._udp.example.com.' }],
  ])('are, of the example of RFC 3263, for a client with %s', (_name, has, service) => {
    expect(offeredServices(RFC_3263, (transport) => has.includes(transport))).toEqual([service]);
  });

  it('come in the order of their preference, those of the lowest order only', () => {
    const records = [
      naptr([10, 30], 'SIP+D2U'),
      naptr([10, 20], 'sip+d2t'),
      naptr([20, 1], 'SIPS+D2T'),
    ];

    const transports = offeredServices(records, ANY).map(({ transport }) => transport);

    expect(transports).toEqual(['tcp', 'udp']);
  });

  it.each([
    ['of another service', naptr([1, 1], 'E2U+sip')],
    ['of a transport that is none of ours', naptr([1, 1], 'SIP+D2S')],
    ['of a service named like a property', naptr([1, 1], 'constructor')],
    ['with the flag of an address', naptr([1, 1], 'SIP+D2U', { flags: 'a' })],
    ['with the flag of a URI', naptr([1, 1], 'SIP+D2U', { flags: 'u' })],
    ['that is not terminal', naptr([1, 1], 'SIP+D2U', { flags: '' })],
    ['with a regular expression', naptr([1, 1], 'SIP+D2U', { regexp: '!^.*$!sip:x@y!' })],
    ['without a replacement', naptr([1, 1], 'SIP+D2U', { replacement: '.' })],
    ['with a replacement that is no name', naptr([1, 1], 'SIP+D2U', { replacement: 'a b' })],
  ])('leave out a record %s', (_name, record) => {
    expect(offeredServices([record, naptr([9, 9], 'SIP+D2T')], ANY)).toHaveLength(1);
    expect(offeredServices([record], ANY)).toEqual([]);
  });
});

describe('a host name of the DNS', () => {
  it.each(['a', 'trunk-1.example.com', '_sip._udp.example.com.', `${'a'.repeat(63)}.b`])(
    'may be %s',
    (name) => expect(isHostName(name)).toBe(true),
  );

  it.each(['', '.', '..', 'a..b', 'a b', 'a;b', 'ä', 'a'.repeat(64), 'a.'.repeat(127)])(
    'is not %j',
    (name) => expect(isHostName(name)).toBe(false),
  );
});
