import { describe, expect, it } from 'vitest';
import { createCallSchema } from '#contracts';
import { Rejection } from '../http/rejection.ts';
import { checkTargets, refusalOf } from './target-policy.ts';

const PRIVATE = [
  '127.0.0.1',
  '127.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '169.254.169.254',
  '169.254.1.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:10.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'localhost.localdomain',
  'printer.local',
  'metadata.google.internal',
  'router.home.arpa',
  'redis',
  '%6c%6fcalhost',
  '127.0.0.1.',
  'a b',
  '',
];

const PUBLIC = [
  'live.example.com',
  'my_wowza_server.com',
  'mytwiliodomain.sip.twilio.com',
  'localhost.example.com',
  'internal.example.com',
  '8.8.8.8',
  '11.0.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.0.1',
  '100.63.0.1',
  '100.128.0.1',
  '[2606:4700::1111]',
  '[::ffff:8.8.8.8]',
  'bücher.example',
];

describe('a host', () => {
  it.each(PRIVATE)('%j may not be a target', (host) => {
    expect(refusalOf(host)).toEqual(expect.any(String));
  });

  it.each(PUBLIC)('%j may be a target', (host) => {
    expect(refusalOf(host)).toBeUndefined();
  });
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
      checkTargets(request(change));
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
