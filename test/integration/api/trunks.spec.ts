import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { trunkTestViewSchema, trunkViewSchema } from '#contracts';
import type { TrunkView } from '#contracts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { InternalNode, tellOfNode } from './internal-node.ts';

const PASSWORD = 'canary-of-a-trunk-0c41';
const ACCOUNT = { domain: 'sip.example.com', username: 'studio', password: PASSWORD };

const node = new InternalNode('/internal/trunks/test');
let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
  await node.listen();
});
afterAll(async () => {
  await world.close();
  node.close();
});
beforeEach(async () => {
  await world.forgetCalls();
  await world.sql('DELETE FROM trunks');
  Object.assign(node, { status: 200, body: {} });
});

const post = (body: object) => world.as.post('/v1/trunks').send(body);
const patch = (trunk: string, body: object) => world.as.patch(`/v1/trunks/${trunk}`).send(body);
const viewOf = (body: unknown): TrunkView => trunkViewSchema.strict().parse(body);

async function made(fields: object = {}): Promise<TrunkView> {
  const { body } = await post({ name: 'acme', ...ACCOUNT, ...fields }).expect(201);
  return viewOf(body);
}

const placeThrough = (name: string) =>
  world.as.post('/v1/calls').send({ ...callBody('through'), to: '+4930123', trunk: name });

describe('a trunk', () => {
  it('is kept, and found by its name and by its id; its password is shown to nobody', async () => {
    const created = await post({ name: 'acme', ...ACCOUNT, maxChannels: 2 }).expect(201);
    const trunk = viewOf(created.body);
    const byName = await world.as.get('/v1/trunks/acme').expect(200);
    const byId = await world.as.get(created.headers['location'] ?? '').expect(200);
    const list = await world.as.get('/v1/trunks').expect(200);

    expect(trunk).toMatchObject({ name: 'acme', hasPassword: true, version: 1, enabled: true });
    expect(trunk.health.state).toBe('unknown');
    expect(byId.body).toEqual(byName.body);
    expect(list.body).toMatchObject({ items: [byName.body], nextCursor: null });
    const answers = [created, byName, byId, list].map(({ text }) => text).join();
    expect(answers + world.lines.join()).not.toContain(PASSWORD);
  });

  it('has a name that no other one of its app has', async () => {
    await made();

    const again = await post({ name: 'acme', ...ACCOUNT }).expect(409);

    expect(again.body).toMatchObject({ code: 'TRUNK_NAME_IN_USE' });
  });

  it.each([
    [{ name: 'acme' }, 'domain'],
    [{ name: 'acme', domain: 'not a host' }, 'domain'],
    [{ name: '', domain: 'sip.example.com' }, 'name'],
    [{ name: 'acme', domain: 'sip.example.com', maxChannels: 0 }, 'maxChannels'],
    [{ name: 'acme', domain: 'sip.example.com', maxCallsPerSecond: -1 }, 'maxCallsPerSecond'],
    [{ name: 'acme', domain: 'sip.example.com', codecs: ['MP3'] }, 'codecs'],
    [{ name: 'acme', domain: 'sip.example.com', register: true }, 'username'],
  ])('is refused as %j, with the field that does not fit', async (body, path) => {
    const answer = await post(body).expect(400);

    const { errors } = answer.body as { errors: { path: string }[] };
    expect(errors.map((error) => error.path).join()).toContain(path);
  });

  it('does not lead to a private network', async () => {
    const answer = await post({ name: 'acme', domain: '10.0.0.1' }).expect(422);

    expect(answer.body).toMatchObject({ code: 'TARGET_REFUSED' });
  });
});

describe('a change of a trunk', () => {
  it('leaves what it does not name, takes away what is null, and counts', async () => {
    await made({ maxChannels: 5 });

    const { body } = await patch('acme', { maxChannels: null, maxCallsPerSecond: 2 }).expect(200);

    expect(viewOf(body)).toMatchObject({
      ...{ version: 2, username: 'studio', hasPassword: true },
      ...{ maxChannels: null, maxCallsPerSecond: 2 },
    });
  });

  it('of a version that is no more is refused, and changes nothing', async () => {
    await made();
    await patch('acme', { version: 1, maxChannels: 3 }).expect(200);

    const late = await patch('acme', { version: 1, maxChannels: 9 }).expect(409);

    expect(late.body).toMatchObject({ code: 'TRUNK_CHANGED' });
    expect(viewOf((await world.as.get('/v1/trunks/acme')).body).maxChannels).toBe(3);
  });

  it('is never half of two that come at once', async () => {
    await made();
    const changes = Array.from({ length: 3 }, (_, at) => patch('acme', { maxChannels: at + 1 }));

    const answers = await Promise.all(changes);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(viewOf((await world.as.get('/v1/trunks/acme')).body).version).toBe(4);
  });

  it('that disables it refuses calls from then on', async () => {
    await made();
    await placeThrough('acme').expect(202);
    await patch('acme', { enabled: false }).expect(200);

    const refused = await placeThrough('acme').expect(409);

    expect(refused.body).toMatchObject({ code: 'TRUNK_DISABLED' });
  });
});

describe('forgetting a trunk', () => {
  it('waits until no live call uses it', async () => {
    await made();
    const { body: call } = await placeThrough('acme').expect(202);

    const inUse = await world.as.delete('/v1/trunks/acme').expect(409);
    await world.as.delete(`/v1/calls/${(call as { id: string }).id}`).expect(202);
    const gone = await world.as.delete('/v1/trunks/acme').expect(200);
    const after = await world.as.get('/v1/trunks/acme').expect(404);

    expect(inUse.body).toMatchObject({ code: 'TRUNK_IN_USE' });
    expect(viewOf(gone.body).name).toBe('acme');
    expect(after.body).toMatchObject({ code: 'TRUNK_NOT_FOUND' });
  });
});

describe('trying a trunk', () => {
  const tryIt = () => world.as.post('/v1/trunks/acme/test');
  const OPTIONS = { step: 'options', ok: true, ms: 12, detail: '200 OK' };

  it('is not done where nobody runs who could', async () => {
    await made();

    const answer = await tryIt().expect(503);

    expect(answer.body).toMatchObject({ code: 'NODE_UNREACHABLE' });
  });

  it('tells what a worker has found, of one that answers and of one that does not', async () => {
    const { id } = await made();
    await tellOfNode(world, node);
    node.body = { steps: [OPTIONS], problem: null };
    const good = await tryIt().expect(200);
    const problem = { code: 'SIP_AUTH_REFUSED', detail: '403 Forbidden' };
    node.body = { steps: [OPTIONS, { ...OPTIONS, step: 'register', ok: false }], problem };
    const bad = await tryIt().expect(200);

    expect(trunkTestViewSchema.strict().parse(good.body)).toMatchObject({
      ...{ ok: true, trunk: 'acme', node: node.id, problem: null },
    });
    expect(bad.body).toMatchObject({ ok: false, problem });
    expect(node.asked.slice(-2)).toEqual([{ trunkId: id }, { trunkId: id }]);
    expect(good.text + bad.text).not.toContain(PASSWORD);
  });

  it('says so where the worker makes no sense', async () => {
    await made();
    await tellOfNode(world, node);
    node.body = { steps: 'none' };

    const answer = await tryIt().expect(503);

    expect(answer.body).toMatchObject({ code: 'NODE_UNREACHABLE' });
  });
});
