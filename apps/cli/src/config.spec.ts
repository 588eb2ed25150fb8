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
    expect(readConfig({ HOME: '/home/x', CALLCAST_RTP_PORTS: '1-2' }).environment).toEqual({
      HOME: '/home/x',
      CALLCAST_RTP_PORTS: '1-2',
    });
  });

  it('name a misspelt setting and the nearest known one', () => {
    const read = () => readConfig({ CALLCAST_HTTP_PROT: '3000' });

    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/CALLCAST_HTTP_PROT.*CALLCAST_HTTP_PORT/);
  });

  it('tell every problem at once, and no value', () => {
    const read = () =>
      readConfig({ CALLCAST_HTTP_PORT: '99999', CALLCAST_DRACHTIO_URL: 'http://:pass@h:1' });

    expect(read).toThrow(/CALLCAST_HTTP_PORT[^]*CALLCAST_DRACHTIO_URL/);
    expect(read).not.toThrow(/pass|99999/);
  });
});
