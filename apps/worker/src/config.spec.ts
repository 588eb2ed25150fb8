import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { readConfig } from './config.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const GOOD = { DATABASE_URL: 'postgresql://x', REDIS_URL: 'redis://x', CALLCAST_SECRET_KEY: KEY };

function problemsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    return error instanceof Fault ? error.detail : '';
  }
  return 'none';
}

describe('the settings of the worker', () => {
  it('have defaults that stay on this machine', () => {
    const config = readConfig(GOOD);

    expect(config.signalling.sip).toMatchObject({
      host: ['127.0.0.1'],
      port: 5060,
      udpLimitBytes: 1300,
    });
    expect(config.rtp.addresses).toEqual([{ host: '127.0.0.1', advertised: '127.0.0.1' }]);
    expect(config.drachtio).toBeUndefined();
    expect(config.health).toEqual({ host: '127.0.0.1', port: 0 });
  });

  it('take authorities that RTMP servers may be certified by', () => {
    expect(readConfig(GOOD).rtmp).toEqual({ trust: undefined, allowPrivateTargets: false });
    expect(problemsOf({ ...GOOD, CALLCAST_RTMP_CA: '/nowhere/ca.pem' })).toBe(
      'CALLCAST_RTMP_CA: /nowhere/ca.pem: there is no such file',
    );
  });

  it('take a port for health and figures, or none', () => {
    const given = { CALLCAST_WORKER_HTTP_HOST: '0.0.0.0', CALLCAST_WORKER_HTTP_PORT: '9100' };

    expect(readConfig({ ...GOOD, ...given }).health).toEqual({ host: '0.0.0.0', port: 9100 });
    expect(readConfig({ ...GOOD, CALLCAST_WORKER_HTTP_PORT: 'off' }).health).toBeUndefined();
    expect(problemsOf({ ...GOOD, CALLCAST_WORKER_HTTP_PORT: 'on' })).toContain(
      'CALLCAST_WORKER_HTTP_PORT',
    );
  });

  it.each(['http://10.0.0.7:{port}', 'https://worker-1.example.com', 'http://[::1]:{port}/'])(
    'take %s as the address where the API reaches the worker',
    (url) => {
      expect(readConfig({ ...GOOD, CALLCAST_WORKER_URL: url }).url).toBe(url);
    },
  );

  it.each(['10.0.0.7', 'ftp://10.0.0.7', 'http://10.0.0.7/internal', 'http://a:b@10.0.0.7'])(
    'refuse %s there',
    (url) => {
      expect(problemsOf({ ...GOOD, CALLCAST_WORKER_URL: url })).toContain('CALLCAST_WORKER_URL');
    },
  );

  it('open a drachtio address and hide its secret', () => {
    const config = readConfig({
      ...GOOD,
      CALLCAST_DRACHTIO_URL: 'drachtio://:cymru@127.0.0.1:9022',
    });

    expect(config.drachtio?.port).toBe(9022);
    expect(config.drachtio?.secret.reveal()).toBe('cymru');
    expect(JSON.stringify(config)).not.toContain('cymru');
  });

  it('take media on both IP versions', () => {
    const config = readConfig({
      ...GOOD,
      CALLCAST_SIP_HOST: '127.0.0.1,::1',
      CALLCAST_RTP_HOST: '0.0.0.0,::',
      CALLCAST_ADVERTISED_ADDRESS: '192.0.2.1,2001:db8::1',
    });

    expect(config.rtp.addresses).toEqual([
      { host: '0.0.0.0', advertised: '192.0.2.1' },
      { host: '::', advertised: '2001:db8::1' },
    ]);
  });

  it('that are empty are not set', () => {
    const empty = { CALLCAST_WORKER_ROLES: '', CALLCAST_OTEL_ENDPOINT: '' };

    expect(readConfig({ ...GOOD, ...empty })).toEqual(readConfig(GOOD));
  });

  it('are refused all at once, by name and without values', () => {
    const problems = problemsOf({
      REDIS_URL: 'redis://x',
      CALLCAST_SECRET_KEY: 'too-short-secret',
      CALLCAST_RTP_PORTS: '30000-20000',
      CALLCAST_JITTER_MAX_MS: '39',
      CALLCAST_CAPACITY: 'lots',
      CALLCAST_CAPACTIY: '5',
    });

    expect(problems).toContain('DATABASE_URL');
    expect(problems).toContain('CALLCAST_SECRET_KEY: must be 32 bytes in base64');
    expect(problems).toContain('CALLCAST_RTP_PORTS');
    expect(problems).toContain('CALLCAST_JITTER_MAX_MS');
    // A detail ends after 300 characters.
    expect(problems).toContain('CALLCAST_CAPACITY: must be au');
    expect(problems).toContain('did you mean CALLCAST_CAPACITY?');
    expect(problems).not.toContain('too-short-secret');
  });

  it('need an address to advertise when listening on all', () => {
    expect(problemsOf({ ...GOOD, CALLCAST_SIP_HOST: '0.0.0.0' })).toContain(
      'CALLCAST_ADVERTISED_ADDRESS',
    );
  });
});
