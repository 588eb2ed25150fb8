import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCa } from '#testkit';
import { SipPeer } from '../support/sip-peer.ts';
import { judge } from './support/recording.ts';
import { Stage } from './support/stage.ts';

describe('a call with both IP versions and TLS configured', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-networks-'));
  let ca: TestCa;
  let stage: Stage;

  beforeAll(async () => {
    ca = await TestCa.create(folder);
    const tls = { peers: [{ domains: ['localhost'], ca: 'ca.pem' }] };
    writeFileSync(join(folder, 'tls.json'), JSON.stringify(tls));
    stage = await Stage.open({
      settings: {
        CALLCAST_SIP_HOST: '127.0.0.1,::1',
        CALLCAST_SIP_TLS: join(folder, 'tls.json'),
      },
    });
  });

  afterAll(async () => {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on air over IPv6, signalling and media', async () => {
    const callee = await stage.callee({
      host: '::1',
      media: { path: await stage.tone(600, 20) },
    });
    const { id } = await stage.place({
      to: callee.uri(),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'six' }],
    });
    await stage.untilLive(id);
    await stage.until(id, (call) => Date.now() - Date.parse(call.answeredAt ?? '') > 5000);
    await stage.hangUp(id);
    const ended = await stage.untilEnded(id);

    const found = await judge(stage.recordingsOf('six')[0] ?? '');
    expect(ended.verdict).toMatchObject({ result: 'completed' });
    expect(callee.messages()).toMatch(/c=IN IP6 ::1\r?\n/);
    expect(callee.errors()).toBe('');
    expect(Math.abs(found.toneHz - 600)).toBeLessThanOrEqual(5);
    expect(found.toneShare).toBeGreaterThan(0.9);
  });

  it('is told why a peer over TLS cannot be trusted', async () => {
    const { certificate: cert, key } = await ca.issue({ names: ['other.example'] });
    const peer = await SipPeer.listen('tls', { tls: { cert, key } });

    const { id } = await stage.place({
      to: peer.uriAt('localhost'),
      outputs: [{ url: stage.rtmpUrl, streamKey: 'untrusted' }],
    });
    const ended = await stage.untilEnded(id);
    await peer.close();

    expect(ended.verdict).toMatchObject({ result: 'failed', code: 'SIP_UNREACHABLE' });
    expect(ended.verdict?.detail).toContain(
      `TLS: the certificate of 127.0.0.1:${peer.port} does not name localhost`,
    );
    expect(peer.received).toHaveLength(0);
  });
});
