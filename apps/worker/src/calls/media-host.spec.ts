import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { isHostName, mediaHosts } from './media-host.ts';

describe('the host name of a media address', () => {
  it.each(['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1'])('is not %s', (address) => {
    expect(isHostName(address)).toBe(false);
  });

  it('is looked up in the family of our own address', async () => {
    const asked: unknown[] = [];
    const resolve = mediaHosts({
      timers: new VirtualTime(),
      system: (name, { family }) => {
        asked.push([name, family]);
        return Promise.resolve({ address: '2001:db8::7' });
      },
    });

    expect(await resolve('media.peer.test', 6)).toBe('2001:db8::7');
    expect(asked).toEqual([['media.peer.test', 6]]);
  });

  it.each(['224.0.0.1', '0.0.0.0', '255.255.255.255'])(
    'must not lead to %s, which SDP could not name either',
    async (address) => {
      const system = () => Promise.resolve({ address });
      const resolve = mediaHosts({ timers: new VirtualTime(), system });

      await expect(resolve('media.peer.test', 4)).rejects.toMatchObject({
        code: 'SDP_INVALID',
        detail: /host name media\.peer\.test.* has no IPv4 address/,
      });
    },
  );

  it('that does not exist, or is not answered in 3 s, says so', async () => {
    const time = new VirtualTime();
    const missing = () => Promise.reject(new Error('ENOTFOUND'));
    const silent = () => new Promise<never>(() => undefined);

    const late = mediaHosts({ timers: time, system: silent })('media.peer.test', 4);
    time.advance(3_000);

    await expect(late).rejects.toMatchObject({ code: 'SDP_INVALID' });
    await expect(
      mediaHosts({ timers: time, system: missing })('media.peer.test', 4),
    ).rejects.toMatchObject({ code: 'SDP_INVALID' });
    expect(time.pendingCount).toBe(0);
  });
});
