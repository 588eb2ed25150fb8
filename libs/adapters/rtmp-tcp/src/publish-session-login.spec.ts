import { describe, expect, it } from 'vitest';
import { parseRtmpUrl } from '#protocol/rtmp';
import type { PublishOptions, PublishSession } from './index.ts';
import { KEY, publishWorld } from '../../../../test/support/publish-world.ts';

const CODE = 'NetConnection.Connect.Rejected';
const NEEDS_USER = '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ';
const CHALLENGE =
  '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=joe&salt=c2FsdA==&challenge=Y2hhbA==&opaque=b3BhcQ==';
const failed = (reason: string): string =>
  `[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=${reason}&opaque=b3BhcQ==`;

/** A server that refuses one connection after the other with these words and accepts the next; never the same twice. */
async function loginWorld(refusals: readonly string[]) {
  const world = await publishWorld();
  const { peer } = world;
  const steps: string[] = [];
  const remaining = [...refusals];
  const open = (userinfo: string, options: Partial<PublishOptions> = {}): PublishSession =>
    world.open({
      target: parseRtmpUrl(`rtmp://${userinfo}127.0.0.1:${peer.port}/live`, KEY),
      onStep: (step) => {
        steps.push(step);
        if (step !== 'resolved') return;
        const description = remaining.shift();
        if (description === undefined) delete peer.behaviour.rejectConnect;
        else peer.behaviour.rejectConnect = { code: CODE, description };
      },
      ...options,
    });
  const apps = (): unknown[] =>
    peer.commands
      .filter(([name]) => name === 'connect')
      .map(([, , info]) => (info as { readonly app?: unknown }).app);
  return { ...world, open, steps, apps };
}

describe('a server that asks who publishes', () => {
  it('is told the user, then the proof, each on a connection of its own', async () => {
    const { peer, open, apps, steps } = await loginWorld([NEEDS_USER, CHALLENGE]);
    const session = open('joe:p%40ss@');

    await session.ready;
    await peer.until(() => peer.openConnections === 1);

    const [first, second, third] = apps();
    expect([first, second]).toEqual(['live', 'live?authmod=adobe&user=joe']);
    expect(third).toMatch(
      /^live\?authmod=adobe&user=joe&challenge=[\w+/=]+&response=[\w+/=]{24}&opaque=b3BhcQ==$/,
    );
    expect(peer.connections).toHaveLength(3);
    expect(steps.slice(-6)).toEqual([
      'handshake',
      'connect',
      'authenticate',
      'createStream',
      'publish',
      'publishing',
    ]);
  });

  it('refuses for good without a login, and says what is missing', async () => {
    const { peer, time, open } = await loginWorld([NEEDS_USER]);

    expect(await open('').ended).toMatchObject({
      code: 'RTMP_AUTH_REFUSED',
      detail:
        'the server asks for user and password (authmod=adobe); give them in the URL or as fields of the output',
    });
    expect(peer.connections).toHaveLength(1);
    expect(time.pendingCount).toBe(0);
  });

  it.each([
    { reason: 'authfailed', detail: 'the password is wrong' },
    { reason: 'nosuchuser', detail: 'the user is unknown' },
  ])('refuses for good with $reason', async ({ reason, detail }) => {
    const { peer, time, open } = await loginWorld([NEEDS_USER, CHALLENGE, failed(reason)]);

    const end = await open('joe:wrong-one@').ended;

    expect(end).toMatchObject({ code: 'RTMP_AUTH_REFUSED' });
    expect(String(end)).toContain(detail);
    expect(String(end)).not.toContain('wrong-one');
    expect(peer.connections).toHaveLength(3);
    expect(time.pendingCount).toBe(0);
  });

  it.each([
    { name: 'the user', refusals: [NEEDS_USER, NEEDS_USER, NEEDS_USER] },
    { name: 'a proof', refusals: [NEEDS_USER, CHALLENGE, CHALLENGE, CHALLENGE] },
  ])('is left when it asks for $name again and again', async ({ refusals }) => {
    const { peer, open } = await loginWorld(refusals);

    expect(await open('joe:pass@').ended).toMatchObject({
      code: 'RTMP_AUTH_REFUSED',
      detail: 'the server asks for user and password again and again',
    });
    expect(peer.connections.length).toBeLessThanOrEqual(3);
  });

  it('has one deadline for all connections together', async () => {
    const { peer, time, open } = await loginWorld([NEEDS_USER]);
    peer.behaviour.stallAt = 'createStream';
    const session = open('joe:pass@', { readyTimeoutMs: 7000 });
    await peer.until(() => peer.steps.includes('createStream'));

    time.advance(7000);

    expect(await session.ended).toMatchObject({
      code: 'RTMP_TIMEOUT',
      detail: 'the stream was not accepted within 7000 ms',
    });
    expect(time.pendingCount).toBe(0);
  });

  it('can be left between two connections', async () => {
    const { time, open, peer } = await loginWorld([NEEDS_USER]);
    const session = open('joe:pass@');
    await peer.until(() => peer.connections.length === 2);

    await session.close();

    expect(await session.ended).toBe('closed');
    expect(time.pendingCount).toBe(0);
  });
});
