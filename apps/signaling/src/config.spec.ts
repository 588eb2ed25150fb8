import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { readConfig } from './config.ts';

const GOOD = { CALLCAST_DRACHTIO_URL: 'drachtio://:cym%23ru@127.0.0.1:9022' };

function problemsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    return error instanceof Fault ? error.detail : '';
  }
  return 'none';
}

describe('the settings of the signalling server', () => {
  it('need no more than the address for clients', () => {
    const config = readConfig(GOOD);

    expect(config).toMatchObject({
      control: { host: '127.0.0.1', port: 9022 },
      sip: { host: ['127.0.0.1'], port: 5060, advertisedAddress: [], tls: undefined },
      nextTargetAfterMs: 6000,
      dnsServers: undefined,
      logLevel: 'info',
    });
    expect(config.control.secret.reveal()).toBe('cym#ru');
    expect(JSON.stringify(config)).not.toContain('cym');
  });

  it('take both IP versions', () => {
    const { sip } = readConfig({
      ...GOOD,
      CALLCAST_SIP_HOST: '0.0.0.0,::',
      CALLCAST_ADVERTISED_ADDRESS: '2001:db8::1,192.0.2.1',
    });

    expect(sip.host).toEqual(['0.0.0.0', '::']);
    expect(sip.advertisedAddress).toEqual(['2001:db8::1', '192.0.2.1']);
  });

  it.each([
    ['no address for clients', {}, 'CALLCAST_DRACHTIO_URL'],
    [
      'an address without a secret',
      { CALLCAST_DRACHTIO_URL: 'drachtio://127.0.0.1:9022' },
      'must look like drachtio://:secret@host:port',
    ],
    ['a port that is none', { ...GOOD, CALLCAST_SIP_PORT: '70000' }, 'CALLCAST_SIP_PORT'],
    ['a host that is no address', { ...GOOD, CALLCAST_SIP_HOST: 'here' }, 'CALLCAST_SIP_HOST'],
    [
      'all addresses and none to advertise',
      { ...GOOD, CALLCAST_SIP_HOST: '0.0.0.0' },
      'CALLCAST_ADVERTISED_ADDRESS',
    ],
    [
      'all IPv6 addresses and none of them to advertise',
      {
        ...GOOD,
        CALLCAST_SIP_HOST: '0.0.0.0,::',
        CALLCAST_ADVERTISED_ADDRESS: '192.0.2.1',
      },
      'must be set when listening on ::',
    ],
    [
      'TLS settings that are not there',
      { ...GOOD, CALLCAST_SIP_TLS: '/nowhere/tls.json' },
      'CALLCAST_SIP_TLS: /nowhere/tls.json: there is no such file',
    ],
    [
      'a name server by name',
      { ...GOOD, CALLCAST_DNS_SERVERS: 'dns.example' },
      'CALLCAST_DNS_SERVERS: must be at most 8 addresses',
    ],
    ['a misspelt name', { ...GOOD, CALLCAST_SIPPORT: '1' }, 'did you mean CALLCAST_SIP_PORT?'],
  ])('are refused with %s', (_name, environment, problem) => {
    expect(problemsOf(environment)).toContain(problem);
  });
});
