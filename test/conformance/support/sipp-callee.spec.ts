import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startSippCallee } from '#testkit';

describe('a SIPp callee', () => {
  it('does not take a port for its own that somebody else holds', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');

    const started = startSippCallee({ port: other.address().port });

    await expect(started).rejects.toThrow('sipp did not start');
    other.close();
  });
});
