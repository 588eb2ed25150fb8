import { describe, expect, it } from 'vitest';
import { buildScenario } from './scenario.ts';

const URIS = ['sip:callee@127.0.0.1:5060'];

describe('a SIPp scenario', () => {
  it('of a plain callee has no challenge and ends with the BYE of the caller', () => {
    const text = buildScenario({ behaviour: { type: 'answer' }, uris: URIS });

    expect(text.match(/<recv request="INVITE"/g)).toHaveLength(1);
    expect(text).not.toContain('Authenticate');
    expect(text).toContain('<recv request="BYE"/>');
  });

  it('of a callee that challenges takes two INVITEs and knows the right answer', () => {
    const digest = { user: 'u', password: 'p' };
    const text = buildScenario({ behaviour: { type: 'answer' }, digest, uris: URIS });

    expect(text.match(/<recv request="INVITE"/g)).toHaveLength(2);
    expect(text).toMatch(/response=\.\([0-9a-f]{32}\)/);
    expect(text).not.toContain('"p"');
  });

  it('of a callee that hangs up sends the BYE itself', () => {
    const behaviour = { type: 'answer', hangUpAfterMs: 1500 } as const;
    const text = buildScenario({ behaviour, uris: URIS });

    expect(text).toContain('<pause milliseconds="1500"/>');
    expect(text).toContain('BYE [next_url] SIP/2.0');
    expect(text).not.toContain('<recv request="BYE"/>');
  });

  it('of a callee that only rings answers the CANCEL and ends the INVITE by 487', () => {
    const text = buildScenario({ behaviour: { type: 'ringForever' }, uris: URIS });

    expect(text).toContain('<recv request="CANCEL"/>');
    expect(text).toContain('487 Request Terminated');
  });

  it('of a script is what the script says, after the INVITE', () => {
    const steps = '<pause milliseconds="7"/>';
    const text = buildScenario({ behaviour: { type: 'script', steps }, uris: URIS });

    expect(text.indexOf(steps)).toBeGreaterThan(text.indexOf('<recv request="INVITE"'));
  });

  it('plays A-law as payload type 8, again and again when asked', () => {
    const media = { path: '/tmp/a.alaw', codec: 'PCMA', isRepeated: true } as const;
    const text = buildScenario({ behaviour: { type: 'answer' }, media, uris: URIS });

    expect(text).toContain('rtp_stream="/tmp/a.alaw,-1,8"');
    expect(text).toContain('a=rtpmap:8 PCMA/8000');
  });
});
