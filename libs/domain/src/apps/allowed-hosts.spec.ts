import { describe, expect, it } from 'vitest';
import { isHostAllowed } from './allowed-hosts.ts';

describe('a list of hosts', () => {
  const LIST = ['sip.example.com', '*.twilio.com', '203.0.113.7', '[2001:db8::1]'];

  it.each([
    'sip.example.com',
    'SIP.Example.COM',
    'sip.example.com.',
    'acme.pstn.twilio.com',
    'a.twilio.com',
    '203.0.113.7',
    '2001:db8::1',
    '[2001:DB8::1]',
  ])('has %s', (host) => {
    expect(isHostAllowed(host, LIST)).toBe(true);
  });

  it.each([
    'example.com',
    'x.sip.example.com',
    'twilio.com',
    'eviltwilio.com',
    '.twilio.com',
    'twilio.com.evil.example',
    '203.0.113.70',
    '2001:db8::2',
    '',
  ])('has not %s', (host) => {
    expect(isHostAllowed(host, LIST)).toBe(false);
  });

  it('that is none allows everything, and an empty one nothing', () => {
    expect(isHostAllowed('any.example', null)).toBe(true);
    expect(isHostAllowed('any.example', [])).toBe(false);
  });
});
