import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { NameServers } from './name-servers.ts';

describe('name servers that cannot be asked at all', () => {
  // Without a free file descriptor the resolver fails in the same way.
  it('fail as silent ones do, and leave no timer', async () => {
    const time = new VirtualTime();
    const servers = new NameServers({ servers: ['nonsense'], timers: time });

    expect(await servers.naptr('sip.example')).toEqual({ records: [], hasFailed: true });
    expect(time.pendingCount).toBe(0);
  });
});
