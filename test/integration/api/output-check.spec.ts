import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outputCheckViewSchema, problemSchema } from '#contracts';
import { IdFactory } from '#domain';
import type { TargetAttempt } from '#domain';
import { systemRandom } from '#foundation';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { InternalNode, tellOfNode } from './internal-node.ts';

const ids = new IdFactory(() => Date.UTC(2026, 0, 1), systemRandom);
const GOOD: TargetAttempt = {
  steps: [{ step: 'resolve', ms: 1, detail: '192.0.2.7' }],
  failure: null,
  enhancedRtmp: { opus: true, reconnectRequests: false },
};

const node = new InternalNode('/internal/outputs/check');
let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
  await node.listen();
});
afterAll(async () => {
  await world.close();
  node.close();
});
beforeEach(() => {
  node.asked.splice(0);
  Object.assign(node, { status: 200, body: GOOD });
});

const present = (id = node.id, url = node.url) => tellOfNode(world, { id, url });
const post = (body: object) => world.as.post('/v1/outputs/check').send(body);
const codeOf = async (body: object, status: number): Promise<string> =>
  problemSchema.parse((await post(body).expect(status)).body).code;

describe('POST /v1/outputs/check', () => {
  it('says that nobody runs who could try', async () => {
    const target = { url: 'rtmp://live.example.com/app', streamKey: 'check-0' };

    expect(await codeOf(target, 503)).toBe('NODE_UNREACHABLE');
  });

  it('has a worker try the target, and judges it by the rules of its platform', async () => {
    await present();

    const answer = await post({
      url: 'rtmp://studio:p%40ss@a.rtmp.youtube.com/live2/',
      streamKey: 'check-1',
    }).expect(200);

    const view = outputCheckViewSchema.strict().parse(answer.body);
    expect(view).toMatchObject({
      ok: false,
      url: 'rtmp://a.rtmp.youtube.com/live2',
      platform: 'youtube',
      node: node.id,
      problem: null,
      enhancedRtmp: { opus: true, reconnectRequests: false },
      steps: GOOD.steps,
    });
    expect(view.rules[0]).toMatchObject({ level: 'breaks', rule: 'needsVideo' });
    expect(node.asked).toEqual([
      {
        url: 'rtmp://a.rtmp.youtube.com/live2',
        streamKey: 'check-1',
        credentials: 'studio:p%40ss',
        sampleRate: 44_100,
      },
    ]);
    expect(answer.text).not.toContain('check-1');
    expect(world.lines.join('\n')).not.toContain('check-1');
  });

  it('gives advice when the target does not take the stream', async () => {
    await present();
    const failure = { code: 'RTMP_AUTH_REFUSED', detail: 'the server asks for a login' };
    node.body = { ...GOOD, failure };

    const { body } = await post({ url: 'rtmp://live.example.com/app/check-2' }).expect(200);

    expect(body).toMatchObject({ ok: false, problem: { step: 'connect', ...failure } });
    expect((body as { problem: { advice: string } }).problem.advice).toMatch(/give `username`/);
  });

  it('leaves alone what a live call publishes to', async () => {
    await present();
    const call = callBody('checked');
    await world.as.post('/v1/calls').send(call).expect(202);
    const [output] = call.outputs;

    expect(await codeOf(output ?? {}, 409)).toBe('TARGET_IN_USE');
    expect(node.asked).toEqual([]);
  });

  it.each([
    ['no URL', { streamKey: 'x' }],
    ['no key', { url: 'rtmp://live.example.com/app' }],
    ['half a login', { url: 'rtmp://live.example.com/app', streamKey: 'x', username: 'u' }],
    ['a platform of its own', { url: 'rtmp://a.com/b', streamKey: 'x', platform: 'myspace' }],
    ['a secret in the URL', { url: 'rtmp://a.com/b?token=x', streamKey: 'x' }],
  ])('refuses %s', async (_what, body) => {
    expect(await codeOf(body, 400)).toBe('REQUEST_INVALID');
  });

  it('asks another worker when one has just died', async () => {
    const dead = ids.nodeId();
    await present(dead, 'http://127.0.0.1:1');
    await present();

    for (const streamKey of ['check-4', 'check-5']) {
      const { body } = await post({ url: 'rtmp://live.example.com/app', streamKey }).expect(200);
      expect(body).toMatchObject({ ok: true, node: node.id });
    }
    await world.store.nodes.removeNode(dead);
  });

  it('passes on that the worker has no room, or cannot', async () => {
    await present();
    const target = { url: 'rtmp://live.example.com/app', streamKey: 'check-3' };

    node.status = 429;
    expect(await codeOf(target, 429)).toBe('CHECKS_TOO_MANY');
    node.status = 500;
    expect(await codeOf(target, 503)).toBe('NODE_UNREACHABLE');
  });
});
