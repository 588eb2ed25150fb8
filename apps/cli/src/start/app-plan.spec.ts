import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { workerEnvironment } from './app-plan.ts';

const portsOf = (given: Record<string, string>) => {
  const plan = {
    config: readConfig(given),
    keys: { apiKey: 'k', secretKey: 's' },
    databaseUrl: 'postgresql://x',
    redisUrl: 'redis://x',
    drachtio: { host: '127.0.0.1', port: 9022, secret: 'cymru' },
    sip: { host: '127.0.0.1', port: 5060 },
    recordings: '/tmp/recordings',
  };
  return [0, 1, 2].map((index) => workerEnvironment(plan, index)['CALLCAST_WORKER_HTTP_PORT']);
};

describe('what workers of one machine are told of their ports', () => {
  it.each([
    { name: 'a port', port: '9100', told: ['9100', '9101', '9102'] },
    { name: 'a free one', port: '0', told: ['0', '0', '0'] },
    { name: 'none', port: 'off', told: ['off', 'off', 'off'] },
  ])('with $name', ({ port, told }) => {
    expect(portsOf({ CALLCAST_WORKER_HTTP_PORT: port })).toEqual(told);
  });

  it('is nothing when nothing is set', () => {
    expect(portsOf({})).toEqual([undefined, undefined, undefined]);
  });
});
