import { describe, expect, it } from 'vitest';
import { createCallSchema } from '#contracts';
import { Rejection } from '../http/rejection.ts';
import { TenantRules } from '../tenants/tenant-rules.ts';
import { callDestinations } from './target-policy.ts';

const UNLIMITED = {
  ...{ maxCalls: 0, maxQueued: 0, maxCallsPerSecond: 0 },
  ...{ maxRequestsPerSecond: 0, maxKeyRequestsPerSecond: 0 },
};
const RULES = new TenantRules(null, {
  allowPrivateTargets: false,
  limits: UNLIMITED,
});

describe('the targets of a request', () => {
  const request = (change: object) =>
    createCallSchema.parse({
      to: 'sip:room@sip.example.com',
      outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key' }],
      ...change,
    });

  function refusedPaths(change: object): string[] {
    try {
      RULES.checkHosts(callDestinations(request(change)));
      return [];
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      expect(error.code).toBe('TARGET_REFUSED');
      return error.fields.map(({ path }) => path);
    }
  }

  it.each([
    [{}, []],
    [{ to: 'sip:a@10.0.0.1' }, ['to']],
    [{ to: 'sips:a@[::1]:5061;transport=tcp' }, ['to']],
    [{ to: 'sip:10.0.0.1@sip.example.com' }, []],
    [{ to: 'sip:a@sip.example.com;maddr=127.0.0.1' }, ['to']],
    [{ to: 'sip:a@sip.example.com;transport=udp;MADDR=[::1];lr' }, ['to']],
    [{ to: 'sip:a@sip.example.com;m%61ddr=127.0.0.1' }, ['to']],
    [{ to: 'sip:a@sip.example.com;maddr=proxy.example.com' }, []],
    [{ outboundProxy: 'sip:localhost:5060' }, ['outboundProxy']],
    [
      { register: true, auth: { username: 'u', password: 'p' }, registrar: 'sip:10.0.0.1' },
      ['registrar'],
    ],
    [
      {
        ...{ register: true, auth: { username: 'u', password: 'p' } },
        from: { domain: '127.0.0.1' },
      },
      ['from.domain'],
    ],
    // It is only a text then.
    [{ from: { domain: '127.0.0.1' } }, []],
    [
      {
        outputs: [
          { url: 'rtmp://live.example.com/live', streamKey: 'a' },
          { url: 'rtmp://u:p@192.168.0.1:1935/live', streamKey: 'b' },
          { url: 'rtmps://[fe80::1]/live', streamKey: 'c' },
        ],
      },
      ['outputs.1.url', 'outputs.2.url'],
    ],
  ])('%j: refused are %j', (change, paths) => {
    expect(refusedPaths(change)).toEqual(paths);
  });
});
