import { describe, expect, it } from 'vitest';
import { callBody, openWorld } from './api-world.ts';

/** A question that hangs until the spec lets it go. */
function gate() {
  let open = (): void => undefined;
  let enter = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const entered = new Promise<void>((resolve) => (enter = resolve));
  const check = async (): Promise<void> => {
    enter();
    await opened;
  };
  return { check, entered, open };
}

describe('a process that stops', () => {
  it('answers the requests under way and takes no more, on both ports', async () => {
    const slow = gate();
    const world = await openWorld({
      parts: { dependencies: [{ name: 'x', isRequired: true, check: slow.check }] },
    });
    const underWay = fetch(`${world.wcsUrl}/readyz`);
    await slow.entered;
    const { body: call } = await world.as.post('/v1/calls').send(callBody('unanswered'));
    const waiting = world.as.get(`/v1/calls/${call.id}?wait=answered`).then((answer) => answer);
    while (!(await world.bare.get('/metrics')).text.includes('callcast_answer_waits 1'));

    const closed = world.server.close();
    await expect(fetch(`${world.url}/livez`)).rejects.toThrow();
    await expect(fetch(`${world.wcsUrl}/livez`)).rejects.toThrow();
    slow.open();

    const answer = await underWay;
    expect(await answer.json()).toMatchObject({ missing: ['stopping'] });
    expect(answer.headers.get('connection')).toBe('close');
    expect((await waiting).body).toMatchObject({ id: call.id, state: 'queued' });
    await closed;
    await world.close();
  });

  it('may be stopped twice, and before it listens', async () => {
    const world = await openWorld();

    await Promise.all([world.server.close(), world.server.close()]);
    await world.close();
  });
});
