import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandViewSchema } from '#contracts';
import type { CommandView } from '#contracts';
import { Fault } from '#domain';
import type { CallId, NodeId } from '#domain';
import { openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { tellOfNode } from './internal-node.ts';
import { CallNode, NODE, end, place, placeAnswered, takeAnswered, withNodes } from './call-node.ts';

const OTHER = 'node_00000000000000000000000002' as NodeId;
/** More than any command takes to be looked at again without being announced. */
const LONG = 20_000;

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  await world.forgetCalls();
});
afterAll(async () => {
  await world.close();
});

const give = (id: string, command: string, body: object = {}) =>
  world.as.post(`/v1/calls/${id}/${command}`).send(body);

const willing = (): Promise<void> => Promise.resolve();

async function listed(id: CallId): Promise<readonly CommandView[]> {
  const { body } = await world.as.get(`/v1/calls/${id}/commands`).expect(200);
  return (body as { items: CommandView[] }).items;
}

/** What is known of each command, the oldest first. */
const known = async (id: CallId): Promise<string[]> =>
  (await listed(id))
    .map(({ type, state, error }) => `${type} ${error?.code ?? state}`)
    .toReversed();

const present = (id: NodeId): Promise<void> => tellOfNode(world, { id, url: null });

describe('a command to an answered call', () => {
  it.each([
    ['mute', {}, 'mute'],
    ['unmute', {}, 'unmute'],
    ['hold', {}, 'hold'],
    ['resume', {}, 'resume'],
    ['dtmf', { digits: '12' }, '12'],
  ])('%s is done by its node, and can be looked at', async (command, body, told) => {
    const id = await placeAnswered(world, 'willing');
    const node = new CallNode(world, NODE, willing);
    await withNodes([node], async () => {
      const answer = await give(id, command, body).expect(200);
      const view = commandViewSchema.strict().parse(answer.body);

      expect(view).toMatchObject({ callId: id, type: command, state: 'done', error: null });
      expect(view.requestedBy).toBe('bootstrap');
      expect(view.completedAt).not.toBeNull();
      const shown = await world.as.get(`/v1/calls/${id}/commands/${view.id}`).expect(200);
      expect(shown.body).toEqual(view);
      expect(await listed(id)).toEqual([view]);
    });
    expect(node.told).toEqual([told]);
  });

  it('that names another call is none of that one', async () => {
    const [id, other] = [await placeAnswered(world, 'one'), await placeAnswered(world, 'other')];
    const node = new CallNode(world, NODE, willing);
    await withNodes([node], async () => {
      const { body } = await give(id, 'mute').expect(200);
      const { id: commandId } = body as CommandView;

      const answer = await world.as.get(`/v1/calls/${other}/commands/${commandId}`).expect(404);

      expect(answer.body).toMatchObject({ code: 'COMMAND_NOT_FOUND' });
      expect(await listed(other)).toEqual([]);
    });
  });

  it('is refused for what the callee says', async () => {
    const id = await placeAnswered(world, 'unwilling');
    const node = new CallNode(world, NODE, () =>
      Promise.reject(new Fault('HOLD_REFUSED', { detail: '488' })),
    );
    await withNodes([node], async () => {
      const answer = await give(id, 'hold').expect(502);

      expect(answer.body).toMatchObject({ code: 'HOLD_REFUSED', detail: '488' });
    });
    expect(await known(id)).toEqual(['hold HOLD_REFUSED']);
  });

  it('asked for again with its key is done once, and answered as before', async () => {
    const id = await placeAnswered(world, 'keyed');
    const node = new CallNode(world, NODE, willing);
    await withNodes([node], async () => {
      const key = { 'idempotency-key': 'press-1' };
      const first = await give(id, 'dtmf', { digits: '7' }).set(key).expect(200);
      const second = await give(id, 'dtmf', { digits: '7' }).set(key).expect(200);
      const other = await give(id, 'dtmf', { digits: '8' }).set(key).expect(422);

      expect(second.body).toEqual(first.body);
      expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    });
    expect(node.told).toEqual(['7']);
  });

  it('waits for those before it, whoever looks; a hang-up does not', async () => {
    const id = await placeAnswered(world, 'orderly');
    let free = (): void => undefined;
    const busy = new Promise<void>((resolve) => (free = resolve));
    const node = new CallNode(world, NODE, (what) => (what === '1' ? busy : Promise.resolve()));
    const answers = [
      give(id, 'dtmf', { digits: '1' }),
      give(id, 'mute'),
      give(id, 'hold'),
      give(id, 'dtmf', { digits: '2' }),
    ];
    // They are stored in this order before anybody looks.
    for (const [index, answer] of answers.entries()) {
      void answer.then(willing);
      await expect.poll(() => listed(id), { timeout: LONG }).toHaveLength(index + 1);
    }
    await withNodes([node], async () => {
      await expect.poll(() => node.told, { timeout: LONG }).toEqual(['1']);
      await world.as.delete(`/v1/calls/${id}`).expect(202);
      await expect.poll(() => node.told, { timeout: LONG }).toEqual(['1', 'hang up']);
      free();
      await expect
        .poll(() => node.told, { timeout: LONG })
        .toEqual(['1', 'hang up', 'mute', 'hold', '2']);
    });
    expect((await known(id)).filter((each) => !each.startsWith('hangUp'))).toEqual([
      'dtmf done',
      'mute done',
      'hold done',
      'dtmf done',
    ]);
  });

  it('that nobody has begun by its deadline is refused, and not done after it', async () => {
    const id = await placeAnswered(world, 'late');
    await give(id, 'mute', { deadlineSeconds: 1 }).expect(202);
    await world.sql(`UPDATE commands SET deadline = clock_timestamp()`);
    await world.store.sweeper.expireCommands();
    const node = new CallNode(world, NODE, willing);
    await withNodes([node], async () => {
      await give(id, 'unmute').expect(200);
    });

    expect(node.told).toEqual(['unmute']);
    expect(await known(id)).toEqual(['mute COMMAND_EXPIRED', 'unmute done']);
  });
});

describe('a command to a call that is not answered', () => {
  it.each([['hold'], ['resume'], ['transfer']])('%s is refused', async (command) => {
    const id = await place(world, 'early');
    await present(OTHER);

    const answer = await give(id, command).expect(409);

    expect(answer.body).toMatchObject({ code: 'CALL_NOT_ANSWERED' });
    expect(await listed(id)).toEqual([]);
  });

  it('mutes one in the queue at once, for when it comes on air', async () => {
    const id = await place(world, 'quiet');

    await give(id, 'mute').expect(200);

    const { body } = await world.as.get(`/v1/calls/${id}`).expect(200);
    expect(body).toMatchObject({ muted: true });
  });
});

describe('a command to a call that is over', () => {
  it.each([
    ['mute', {}],
    ['unmute', {}],
    ['hold', {}],
    ['resume', {}],
    ['transfer', {}],
    ['dtmf', { digits: '1' }],
  ])('%s is refused', async (command, body) => {
    const id = await placeAnswered(world, 'over');
    await end(world, id);

    const answer = await give(id, command, body).expect(409);

    expect(answer.body).toMatchObject({ code: 'CALL_ALREADY_ENDED' });
  });

  it('is refused where it came too late to be begun', async () => {
    const id = await placeAnswered(world, 'ending');
    const waiting = give(id, 'hold').expect(409);
    const answered = waiting.then(({ body }) => body as object);
    await expect.poll(() => listed(id), { timeout: LONG }).toHaveLength(1);

    await end(world, id);

    expect(await answered).toMatchObject({ code: 'CALL_ALREADY_ENDED' });
    expect(await known(id)).toEqual(['hold CALL_ALREADY_ENDED']);
  });
});

describe('a command whose node is lost (W10)', () => {
  /** The node dies: its lease runs out, and another one takes the call. */
  async function lose(id: CallId): Promise<void> {
    await world.sql(`UPDATE calls SET lease_until = clock_timestamp() - interval '1 minute'`);
    expect(await world.store.sweeper.takeAbandoned(10)).toMatchObject([{ id, state: 'queued' }]);
    await takeAnswered(world, id, OTHER);
  }

  const never = (): Promise<void> => new Promise(() => undefined);

  it('before it has begun is done by the next one, once', async () => {
    const id = await placeAnswered(world, 'waiting');
    await give(id, 'dtmf', { digits: '5' }).expect(202);
    await lose(id);

    const [old, next] = [new CallNode(world, NODE, never), new CallNode(world, OTHER, willing)];
    await withNodes([old, next], async () => {
      world.announcements.announceCommand();
      await expect.poll(() => known(id), { timeout: LONG }).toEqual(['dtmf done']);
    });

    expect([old.told, next.told]).toEqual([[], ['5']]);
  });

  it('while it is at it is refused where it cannot be done twice, and done again where it can', async () => {
    const id = await placeAnswered(world, 'half-way');
    const old = new CallNode(world, NODE, never);
    await withNodes([old], async () => {
      await give(id, 'dtmf', { digits: '5' }).expect(202);
    });
    await give(id, 'mute').expect(202);
    await lose(id);

    const next = new CallNode(world, OTHER, willing);
    await withNodes([next], async () => {
      world.announcements.announceCommand();
      await expect.poll(() => known(id), { timeout: LONG }).toContain('mute done');
    });

    expect(old.told).toEqual(['5']);
    expect(next.told).toEqual(['mute']);
    const [press] = await known(id);
    expect(press).toBe('dtmf COMMAND_OWNER_LOST');
  });
});

describe('a transfer', () => {
  it('goes to the node with room, and to none that is not there', async () => {
    const id = await placeAnswered(world, 'moving');
    await present(OTHER);
    const node = new CallNode(world, NODE, willing);
    await withNodes([node], async () => {
      const nowhere = await give(id, 'transfer', { node: 'node_9' }).expect(404);
      await give(id, 'transfer').expect(200);

      expect(nowhere.body).toMatchObject({ code: 'NODE_NOT_FOUND' });
    });
    expect(node.told).toEqual([`transfer ${OTHER}`]);
  });
});
