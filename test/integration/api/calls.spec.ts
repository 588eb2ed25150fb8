import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, callBody } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

describe('POST /v1/calls', () => {
  it('stores the call, brings it on its way and says where it is', async () => {
    const answer = await world.as.post('/v1/calls').send(callBody('first'));
    console.log(answer.status, answer.headers, answer.body, world.lines);
    const d = await world.as.get('/openapi.json');
    console.log(JSON.stringify(d.body).slice(0, 6000));
    console.log(world.server.routes.routes);
    expect(answer.status).toBe(202);
  });
});
