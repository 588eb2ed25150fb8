import { describe, expect, it } from 'vitest';
import type { CallSpec } from '../calls/call-spec.ts';
import { accountOfTrunk, destinationProblem, specThrough, trunkUri } from './trunk.ts';
import type { TrunkSettings } from './trunk.ts';

const SETTINGS: TrunkSettings = {
  name: 'carrier',
  domain: 'sip.carrier.example',
  port: null,
  transport: null,
  outboundProxy: null,
  username: 'acme',
  authUsername: null,
  realms: null,
  from: {},
  register: false,
  registrar: null,
  codecs: null,
  srtp: null,
  maxCallsPerSecond: null,
  maxChannels: null,
  allowedPrefixes: null,
  enabled: true,
};

const SPEC: CallSpec = {
  to: '+4930123',
  from: {},
  media: {
    direction: 'recvonly',
    audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
  },
  limits: { ringSeconds: 60, maxSeconds: 600, mediaTimeoutSeconds: 30 },
};

describe('a call through a trunk', () => {
  it('dials a bare number at the domain of the trunk, with its port and transport, as its user', () => {
    expect(specThrough({ ...SETTINGS, port: 5061, transport: 'tls' }, SPEC)).toEqual({
      ...SPEC,
      to: 'sip:+4930123@sip.carrier.example:5061;transport=tls',
      from: { user: 'acme', domain: 'sip.carrier.example' },
      auth: { username: 'acme' },
    });
  });

  it('says who it is from: itself, then its trunk, then the user of the trunk', () => {
    const settings = {
      ...SETTINGS,
      from: { user: '+49301', displayName: 'Acme', domain: 'acme.test' },
    };

    expect(specThrough(settings, SPEC).from).toEqual(settings.from);
    const from = { user: '+49302', displayName: 'News', domain: 'news.test' };
    expect(specThrough(settings, { ...SPEC, from }).from).toEqual(from);
  });

  it('shows the login of the trunk to its realms only, and takes its proxy', () => {
    const settings = {
      ...SETTINGS,
      authUsername: 'acme-login',
      realms: ['carrier'],
      outboundProxy: 'sip:proxy.carrier.example',
    };

    expect(specThrough(settings, SPEC)).toMatchObject({
      auth: { username: 'acme-login', realms: ['carrier'] },
      outboundProxy: 'sip:proxy.carrier.example',
    });
    expect(specThrough({ ...SETTINGS, username: null }, SPEC)).not.toHaveProperty('auth');
  });

  it('leaves a whole address as it is', () => {
    const to = 'sip:room@sip.carrier.example:5070';

    expect(specThrough(SETTINGS, { ...SPEC, to }).to).toBe(to);
  });
});

describe('a destination', () => {
  it.each([
    ['a bare number', {}, '+4930123', undefined],
    ['an address of the domain', {}, 'sip:room@SIP.Carrier.example:5061;transport=tls', undefined],
    ['an address of another domain', {}, 'sip:room@other.example', 'domain'],
    ['one that only looks like it', {}, 'sip:room@sip.carrier.example.evil.test', 'domain'],
    [
      'another domain through the proxy of the trunk',
      { outboundProxy: 'sip:proxy.carrier.example' },
      'sip:room@other.example',
      undefined,
    ],
    ['an allowed prefix', { allowedPrefixes: ['+43', '+49'] }, '+4930123', undefined],
    ['another prefix', { allowedPrefixes: ['+43', '+49'] }, '+4430123', 'prefixes'],
    [
      'another prefix in an address',
      { allowedPrefixes: ['+49'] },
      'sip:+44@sip.carrier.example',
      'prefixes',
    ],
    [
      'nobody, where prefixes are asked for',
      { allowedPrefixes: ['+49'] },
      'sip:sip.carrier.example',
      'prefixes',
    ],
  ] as const)('%s', (_, change, to, problem) => {
    const found = destinationProblem({ ...SETTINGS, ...change }, to);

    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});

describe('the account of a trunk', () => {
  it('is registered as the user of the trunk at its domain, if it is to be', () => {
    expect(accountOfTrunk({ ...SETTINGS, register: true, from: { user: 'other' } })).toEqual({
      from: { user: 'acme', domain: 'sip.carrier.example' },
      auth: { username: 'acme' },
      registrar: 'sip:sip.carrier.example',
    });
    expect(accountOfTrunk(SETTINGS)).not.toHaveProperty('registrar');
    const registrar = 'sip:registrar.carrier.example';
    expect(accountOfTrunk({ ...SETTINGS, register: true, registrar }).registrar).toBe(registrar);
  });

  it('has an address of its own', () => {
    expect(trunkUri({ ...SETTINGS, port: 5070, transport: 'tcp' })).toBe(
      'sip:sip.carrier.example:5070;transport=tcp',
    );
  });
});
