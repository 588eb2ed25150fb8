import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openMetrics } from '#adapters/observe-pino';
import { openAnnouncements } from '#adapters/queue-bullmq';
import type { RedisAnnouncements } from '#adapters/queue-bullmq';
import type { PrismaStore } from '#adapters/store-prisma';
import { HookTargets } from '#domain';
import type { CallId, CallRecord, HookDialect, HookId, NewEvent } from '#domain';
import {
  Secret,
  ServiceGroup,
  silentLogger,
  systemClock,
  systemRandom,
  systemTimers,
} from '#foundation';
import type { Service } from '#foundation';
import { buildHooks } from '../../apps/worker/src/hooks/build-hooks.ts';
import { changeOf, ids, newCall } from './store-world.ts';

/** One request that a sink has heard. */
export interface Heard {
  readonly hook: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answering = (response: ServerResponse, heard: Heard) => void;

/** Endpoints on one port of this machine, told apart by the first part of the path. */
export class HookSink {
  readonly heard: Heard[] = [];
  readonly #answers = new Map<string, Answering>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, hook = '', ...rest] = (request.url ?? '').split('/');
      const body = Buffer.concat(chunks).toString();
      const heard = { hook, path: rest.join('/'), headers: request.headers, body };
      this.heard.push(heard);
      const answer = this.#answers.get(hook);
      if (answer === undefined) response.writeHead(204).end();
      else answer(response, heard);
    });
  });

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  url(hook: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${hook}`;
  }

  /** Until something else is said, requests for a hook are answered so. Default: 204. */
  answering(hook: string, answer: Answering | undefined): void {
    if (answer === undefined) this.#answers.delete(hook);
    else this.#answers.set(hook, answer);
  }

  of(hook: string): Heard[] {
    return this.heard.filter((one) => one.hook === hook);
  }

  /** Cuts what it has not answered. */
  cutAll(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The part of a worker that delivers hooks, as a service of its own. */
export function hookWorker(store: PrismaStore, redisUrl: string): Service {
  const announcements = openAnnouncements({ redisUrl, logger: silentLogger });
  const hooks = buildHooks({
    config: {
      redisUrl,
      hookTargets: new HookTargets({ allow: [], allowPrivate: true, ports: 'any' }),
      hooksKeepDays: 30,
    },
    ...{ announcements, store: store.hooks, metrics: openMetrics() },
    ...{ clock: systemClock, timers: systemTimers, random: systemRandom, logger: silentLogger },
  });
  return new ServiceGroup([announcements, ...hooks]);
}

/** Whose word is written in the audit trail. */
const ACTOR = { keyId: 'test', appKey: 'app' };
/** A secret of 32 bytes. */
export const HOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Stores a hook of the app `app`, for all events unless said otherwise. */
export async function addHook(
  store: PrismaStore,
  url: string,
  options: { readonly events?: readonly string[]; readonly dialect?: HookDialect } = {},
): Promise<HookId> {
  const { events = ['*'], dialect = 'standard' } = options;
  const hook = await store.hookRegistry.createHook(
    {
      id: ids.hookId(),
      ...{ appKey: 'app', url, description: '', events, dialect, isEnabled: true },
      secret: new Secret(HOOK_SECRET),
    },
    100,
    ACTOR,
  );
  if (hook === null) throw new Error('an app has room for a hundred hooks');
  return hook.id;
}

/** A new call of the app, with `call.queued`. */
export const placeCall = async (store: PrismaStore): Promise<CallRecord> =>
  await store.registry.createCall(newCall());

/** Writes events into the outbox of a call, as its owner does, and says so. */
export async function tell(
  { store, announcements }: { store: PrismaStore; announcements?: RedisAnnouncements },
  id: CallId,
  events: readonly NewEvent[],
): Promise<void> {
  const call = await store.registry.findCall(id);
  if (call === null) throw new Error(`there is no call ${id}`);
  if (!(await store.ledger.commit(changeOf(call, { events })))) throw new Error('not written');
  announcements?.announceEvents();
}
