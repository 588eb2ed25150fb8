import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandViewSchema } from '#contracts';
import { Fault } from '#domain';
import { openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { CallNode, NODE, end, place, placeAnswered, withNodes } from './call-node.ts';
import type { LegWork } from './call-node.ts';

const DIGITS = '7355198046';

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

const press = (id: string, body: object) => world.as.post(`/v1/calls/${id}/dtmf`).send(body);

/** Nodes that have the call, all of them, with legs that write down what they are told to press. */
async function withDesk(
  work: (pressed: readonly string[]) => Promise<void>,
  leg: LegWork = () => Promise.resolve(),
  count = 1,
): Promise<void> {
  const pressed: string[] = [];
  const note: LegWork = (what, id) => {
    pressed.push(what);
    return leg(what, id);
  };
  const nodes = Array.from({ length: count }, () => new CallNode(world, NODE, note));
  await withNodes(nodes, () => work(pressed));
}

async function storedText(): Promise<string> {
  return await world.dump('commands');
}

describe('POST /v1/calls/{id}/dtmf', () => {
  it.each([
    {},
    { digits: '' },
    { digits: '12a' },
    { digits: '1 2' },
    { digits: 'www' },
    { digits: '1'.repeat(65) },
    { digits: 1234 },
    { digits: '1', method: 'inband' },
    { digits: '1', more: true },
  ])('refuses %j', async (body) => {
    const id = await placeAnswered(world, 'refusing');

    const answer = await press(id, body).expect(400);

    expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await world.store.ledger.pendingCommands(NODE)).toEqual([]);
  });

  it('knows no other call', async () => {
    await press('call_00000000000000000000000000', { digits: '1' }).expect(404);
    await press('nonsense', { digits: '1' }).expect(404);
  });

  it('is refused before the answer and after the end', async () => {
    const id = await place(world, 'early');
    const early = await press(id, { digits: '1' }).expect(409);
    await world.as.delete(`/v1/calls/${id}`).expect(202);
    const late = await press(id, { digits: '1' }).expect(409);

    expect(early.body).toMatchObject({ code: 'CALL_NOT_ANSWERED' });
    expect(late.body).toMatchObject({ code: 'CALL_ALREADY_ENDED' });
  });

  it('is carried out once and in order, whoever looks, and then forgotten', async () => {
    const id = await placeAnswered(world, 'orderly');
    await withDesk(
      async (pressed) => {
        for (const digits of ['1', '2w', DIGITS]) {
          const answer = await press(id, { digits, method: 'info' }).expect(200);
          expect(commandViewSchema.strict().parse(answer.body).state).toBe('done');
        }
        expect(pressed).toEqual(['info 1', 'info 2w', `info ${DIGITS}`]);
      },
      undefined,
      3,
    );

    expect(await storedText()).toContain('"payload": null');
    expect(await storedText()).not.toContain('\\\\x');
  });

  it('answers 202 when nobody has done it within two seconds, and bounds what waits', async () => {
    const id = await placeAnswered(world, 'waiting');

    const answers = await Promise.all(
      Array.from({ length: 17 }, () => press(id, { digits: DIGITS })),
    );

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array.from({ length: 16 }, () => 202), 429]);
    expect(answers.find(({ status }) => status === 429)?.body).toMatchObject({
      code: 'COMMANDS_TOO_MANY',
    });
    const stored = await storedText();
    expect(stored).not.toContain(DIGITS);
    expect(stored).not.toContain(Buffer.from(DIGITS).toString('hex'));
  });

  it('tells why it was refused', async () => {
    const id = await placeAnswered(world, 'unwilling');
    const refuse = () => Promise.reject(new Fault('DTMF_REFUSED', { detail: 'INFO: 415' }));
    await withDesk(async () => {
      const answer = await press(id, { digits: '1' }).expect(502);

      expect(answer.body).toMatchObject({ code: 'DTMF_REFUSED', detail: 'INFO: 415' });
    }, refuse);
  });

  it('is refused by the end of the call, and its keys go with it', async () => {
    const id = await placeAnswered(world, 'ending');
    const waiting = press(id, { digits: DIGITS }).expect(409);
    const isStored = async () => (await world.store.ledger.pendingCommands(NODE)).length > 0;
    const answered = waiting.then(({ body }) => body as object);
    while (!(await isStored())) await new Promise((resolve) => setImmediate(resolve));

    await end(world, id);

    expect(await answered).toMatchObject({ code: 'CALL_ALREADY_ENDED' });
    expect(await storedText()).toContain('"payload": null');
  });
});
