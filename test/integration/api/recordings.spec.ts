import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

let folder: string;
let world: ApiWorld;
let without: ApiWorld;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'));
  world = await openWorld({ settings: { recordings: folder } });
  without = await openWorld();
});
afterAll(async () => {
  await world.close();
  await without.close();
  await rm(folder, { recursive: true });
});

let count = 0;
const recording = (...urls: string[]) => ({
  ...callBody(`recording-${++count}`),
  outputs: urls.map((url) => ({ url })),
});

describe('an output that is a file', () => {
  it('is taken by its name, without a key, and shown so', async () => {
    const { body } = await world.as
      .post('/v1/calls')
      .send(recording('file:show-1.mp4', 'FILE:show_2'))
      .expect(202);

    expect(body.outputs).toMatchObject([
      { url: 'file:show-1', streamKey: '', state: 'idle' },
      { url: 'file:show_2', streamKey: '', state: 'idle' },
    ]);
  });

  it('is named by its call when it has no name', async () => {
    const { body } = await world.as.post('/v1/calls').send(recording('file:')).expect(202);

    expect(body.outputs[0].url).toBe(`file:${String(body.id)}`);
  });

  it.each([
    ...['../show', '/etc/passwd', '//host/show', 'a/b', '.hidden', '..', '-rf', 'a b', 'a%2fb'],
    ...['a\u0000b', 'a\nb', 'é', 'a?b', 'a#b', 'x'.repeat(101)],
  ])('has no such name: %j', async (name) => {
    const { body } = await world.as
      .post('/v1/calls')
      .send(recording(`file:${name}`))
      .expect(400);

    expect(body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path: 'outputs.0.url' }] });
  });

  it('takes no key, no login and no backup', async () => {
    const body = recording();
    const url = 'file:show-3';
    const backup = { url: 'rtmp://live.example.com/live', streamKey: 'key' };
    for (const [path, more] of [
      ['streamKey', { streamKey: 'key' }],
      ['username', { username: 'me', password: 'x' }],
      ['backup', { backup }],
    ] as const) {
      const answer = await world.as
        .post('/v1/calls')
        .send({ ...body, outputs: [{ url, ...more }] })
        .expect(400);
      expect(answer.body.errors[0].path).toBe(`outputs.0.${path}`);
    }
  });

  it.each(['taken.flv', 'taken.mp4'])('overwrites nothing: %s is there', async (file) => {
    await writeFile(join(folder, file), '');

    const { body } = await world.as.post('/v1/calls').send(recording('file:taken')).expect(409);
    await rm(join(folder, file));

    expect(body).toMatchObject({ code: 'TARGET_IN_USE', errors: [{ path: 'outputs.0.url' }] });
  });

  it('is of one live call only, and once', async () => {
    await world.as.post('/v1/calls').send(recording('file:live')).expect(202);

    const other = await world.as.post('/v1/calls').send(recording('file:live.flv')).expect(409);
    const twice = await world.as
      .post('/v1/calls')
      .send(recording('file:twice', 'file:twice'))
      .expect(400);

    expect(other.body.code).toBe('TARGET_IN_USE');
    expect(twice.body.errors[0].path).toBe('outputs.1');
  });

  it('can be added to a live call, by the same rules', async () => {
    const { body } = await world.as.post('/v1/calls').send(callBody('later')).expect(202);
    const path = `/v1/calls/${String(body.id)}/outputs`;

    const added = await world.as.post(path).send({ url: 'file:later' });
    await writeFile(join(folder, 'there.mp4'), '');
    const taken = await world.as.post(path).send({ url: 'file:there' }).expect(409);
    const bad = await world.as.post(path).send({ url: 'file:../x' }).expect(400);

    expect([200, 201, 202]).toContain(added.status);
    expect(added.body).toMatchObject({ url: 'file:later' });
    expect(taken.body.errors[0].path).toBe('url');
    expect(bad.body.errors[0].path).toBe('url');
  });

  it('is refused with advice where nothing is recorded', async () => {
    const { body } = await without.as.post('/v1/calls').send(recording('file:show')).expect(422);

    expect(body).toMatchObject({ code: 'TARGET_REFUSED', errors: [{ path: 'outputs.0.url' }] });
    expect(body.detail).toContain('CALLCAST_RECORDINGS');
  });
});
