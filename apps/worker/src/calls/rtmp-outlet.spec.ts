import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readRtmpTrust } from '#adapters/rtmp-tcp';
import { Secret } from '#foundation';
import type { ClaimedCall, OutputId } from '#domain';
import { RtmpPeer, SeededRandom, TestCa, VirtualTime } from '#testkit';
import type { Lease } from './lease.ts';
import type { Outlet } from './ports.ts';
import { rtmpOutlets } from './rtmp-outlet.ts';
import type { OutletTools } from './rtmp-outlet.ts';

/** A server, and the outlet of an output that goes to it. */
async function outletWorld(tls?: { readonly cert: string; readonly key: string }) {
  const peer = await RtmpPeer.start({}, tls === undefined ? {} : { tls });
  onTestFinished(() => peer.stop());
  const time = new VirtualTime();
  let tellMove: (url: string | undefined) => void = () => undefined;
  const moved = new Promise<string | undefined>((resolve) => (tellMove = resolve));
  const open = (tools: Partial<OutletTools> = {}): Outlet => {
    const outlet = rtmpOutlets({
      clock: time,
      timers: time,
      random: new SeededRandom(1),
      trust: undefined,
      allowPrivateTargets: true,
      ...tools,
    })(
      {} as ClaimedCall,
      { isHeld: () => true } as unknown as Lease,
    )({
      target: {
        id: 'out_1' as OutputId,
        url: peer.url('live', '').replace(/\/$/, ''),
        streamKey: new Secret('studio-1'),
        urlCredentials: null,
      },
      media: { metadata: {}, attach: () => () => undefined },
      onMoveAsked: tellMove,
    });
    onTestFinished(() => outlet.destroy());
    return outlet;
  };
  return { peer, open, moved };
}

describe('an RTMP outlet', () => {
  it('goes to private networks only where the operator allows it', async () => {
    const { peer, open } = await outletWorld();

    const outlet = open({ allowPrivateTargets: false });

    expect(await outlet.ended).toMatchObject({
      code: 'RTMP_REFUSED',
      detail: 'the address of the server is a private, local or reserved address',
    });
    expect(peer.connections).toHaveLength(0);
    await open().ready;
  });

  it('trusts the authorities of the operator', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callcast-outlet-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const ca = await TestCa.create(folder);
    const { certificate, key } = await ca.issue({ addresses: ['127.0.0.1'] });
    const { open } = await outletWorld({ cert: certificate, key });

    expect(await open().ended).toMatchObject({ code: 'RTMP_TLS' });

    const problems: string[] = [];
    await open({ trust: readRtmpTrust(ca.certificatePath, problems) }).ready;
  });

  it('tells where the server wants it to go', async () => {
    const { peer, open, moved } = await outletWorld();
    await open().ready;

    peer.connections[0]?.askToReconnect('/elsewhere');

    expect(await moved).toBe('/elsewhere');
  });
});
