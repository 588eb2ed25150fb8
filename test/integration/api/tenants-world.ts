import supertest from 'supertest';
import type { KeyScope } from '#domain';
import { openWorld } from './api-world.ts';
import type { ApiWorld, WorldOptions } from './api-world.ts';

/** Makes a key of an app, with the bootstrap key. */
export async function makeKey(
  world: ApiWorld,
  appKey: string,
  fields: { readonly scope?: KeyScope; readonly allApps?: boolean } = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const { body } = await world.as
    .post('/v1/keys')
    .send({ appKey, ...fields })
    .expect(201);
  return body as { id: string; key: string };
}

/** Requests with a key. */
export const asker = (world: ApiWorld, key: string): ReturnType<typeof supertest.agent> =>
  supertest.agent(world.url).set('authorization', `Bearer ${key}`);

/** Another API process over the database of a world. */
export const openOther = async (
  { databaseUrl }: ApiWorld,
  options: WorldOptions = {},
): Promise<ApiWorld> => await openWorld({ ...options, databaseUrl });
