import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

describe('the settings of the all-in-one', () => {
  it('are all optional', () => {
    const config = readConfig({});

    expect(config).toMatchObject({
      databaseUrl: undefined,
      redisUrl: undefined,
      http: { host: '127.0.0.1', port: undefined },
      drachtio: undefined,
    });
  });

  it('hand the whole environment on to the processes', () => {
    expect(readConfig({ HOME: '/home/x', CALLCAST_RTP_PORTS: '2000-2009' }).environment).toEqual({
      HOME: '/home/x',
      CALLCAST_RTP_PORTS: '2000-2009',
    });
  });

  it('name a misspelt setting and the nearest known one', () => {
    const read = () => readConfig({ CALLCAST_HTTP_PROT: '3000' });

    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/CALLCAST_HTTP_PROT.*CALLCAST_HTTP_PORT/);
  });

  it.each([
    ['CALLCAST_RTP_PORTS', '1-2'],
    ['CALLCAST_AAC', 'loud'],
    ['CALLCAST_WORKER_HTTP_PORT', 'on'],
    ['CALLCAST_SIP_OPTIONS_SECONDS', '-1'],
    ['CALLCAST_SIP_TLS', '/nowhere/tls.json'],
    ['CALLCAST_RTMP_CA', '/nowhere/ca.pem'],
    ['CALLCAST_WCS_OPEN', 'yes'],
    ['CALLCAST_API_KEY', 'short'],
    ['CALLCAST_SECRET_KEY', 'c2hvcnQ='],
    ['CALLCAST_LOG_LEVEL', 'shouting'],
    ['DATABASE_URL', 'mysql://x/y'],
    ['REDIS_URL', 'http://x'],
  ])('of every process are checked before any is started: %s=%s', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}: `));
  });

  it('need an address to advertise when listening on all', () => {
    expect(() => readConfig({ CALLCAST_SIP_HOST: '0.0.0.0' })).toThrow(
      'CALLCAST_ADVERTISED_ADDRESS: must be set when listening on 0.0.0.0',
    );
  });

  it('of the API that are empty are not set', () => {
    expect(readConfig({ CALLCAST_WCS_OPEN: '', CALLCAST_HTTP_PORT: '' }).http.port).toBe(undefined);
  });

  it('tell every problem at once, and no value', () => {
    const read = () =>
      readConfig({ CALLCAST_HTTP_PORT: '99999', CALLCAST_DRACHTIO_URL: 'http://:pass@h:1' });

    expect(read).toThrow(/CALLCAST_HTTP_PORT[^]*CALLCAST_DRACHTIO_URL/);
    expect(read).not.toThrow(/pass|99999/);
  });
});
