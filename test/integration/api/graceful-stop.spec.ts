import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { applyMigrations } from '#adapters/store-prisma';
import { API_KEY, callBody } from './api-world.ts';

const CONNECTIONS = 8;
/** Requests that are to be answered before the one process is told to end, and again after it has ended. */
const SHARE = 150;
const HEADERS = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };

interface Api {
  readonly process: ChildProcess;
  readonly url: string;
}

const databaseUrl = new URL(inject('databaseUrl'));
databaseUrl.pathname = `/api_${randomBytes(6).toString('hex')}`;
const environment = {
  ...process.env,
  DATABASE_URL: databaseUrl.href,
  REDIS_URL: inject('redisUrl').replace(/\/\d*$/, '/12'),
  CALLCAST_SECRET_KEY: randomBytes(32).toString('base64'),
  CALLCAST_API_KEY: API_KEY,
  CALLCAST_HTTP_PORT: '0',
  CALLCAST_WCS_PORT: '0',
  CALLCAST_LOG_LEVEL: 'warn',
  CALLCAST_STOP_DELAY_SECONDS: '60',
};

async function start(): Promise<Api> {
  const child = spawn(process.execPath, ['dist/apps/api/src/main.js'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, url } = JSON.parse(line) as { event: string; url?: string };
    if (event !== 'api.ready' || url === undefined) continue;
    child.stdout.resume();
    return { process: child, url };
  }
  throw new Error('the API did not start');
}

let apis: readonly Api[] = [];
beforeAll(async () => {
  await applyMigrations(databaseUrl.href);
  apis = await Promise.all([start(), start()]);
});
afterAll(() => {
  for (const { process: child } of apis) child.kill('SIGKILL');
});

/** A balancer and its clients: keep-alive connections to whoever is ready, and never a request twice. */
class Load {
  readonly failures: string[] = [];
  readonly answered = new Map<string, number>();
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  #target: string;
  #serial = 0;
  #isOver = false;

  constructor(urls: readonly [string, string]) {
    this.#pools = new Map(urls.map((url) => [url, new Pool(url, { connections: CONNECTIONS })]));
    this.#target = urls[0];
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CONNECTIONS }, () => this.#ask()));
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  /** From now on another one is asked. */
  turnTo(url: string): void {
    this.#target = url;
  }

  /** Resolves when so many more have been answered. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ count: this.#total + count, resolve });
    });
  }

  end(): void {
    this.#isOver = true;
  }

  get #total(): number {
    return [...this.answered.values()].reduce((sum, count) => sum + count, 0);
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const url = this.#target;
      this.#serial += 1;
      const isPost = this.#serial % 2 === 0;
      try {
        const answer = await this.#pools.get(url)?.request({
          method: isPost ? 'POST' : 'GET',
          path: isPost ? '/v1/calls' : '/v1/calls?limit=1',
          headers: HEADERS,
          body: isPost ? JSON.stringify(callBody(`call-${this.#serial}`)) : null,
        });
        const text = await answer?.body.text();
        const isGood = answer?.statusCode === (isPost ? 202 : 200);
        if (!isGood) this.failures.push(`${String(answer?.statusCode)} ${String(text)}`);
      } catch (error) {
        this.failures.push(String(error));
      }
      this.answered.set(url, (this.answered.get(url) ?? 0) + 1);
      const total = this.#total;
      for (const { count, resolve } of this.#waiting) if (total >= count) resolve();
    }
  }
}

/** Asks again as soon as it has an answer. */
async function untilNotReady(url: string): Promise<unknown> {
  for (;;) {
    const answer = await fetch(`${url}/readyz`);
    const body: unknown = await answer.json();
    if (answer.status === 503) return body;
  }
}

/** How a stream of events ends: whole, or cut off. */
function listen(url: string): Promise<'whole' | 'cut'> {
  return new Promise((resolve) => {
    get(`${url}/v1/events`, { headers: HEADERS }, (answer) => {
      answer.resume();
      answer.on('error', () => undefined);
      answer.on('close', () => resolve(answer.complete ? 'whole' : 'cut'));
    }).on('error', () => resolve('cut'));
  });
}

describe('one of two APIs that is told to end under load', () => {
  it('fails no request, ends its streams whole, and exits with 0', async () => {
    const [one, other] = apis;
    if (one === undefined || other === undefined) throw new Error('both have started');
    const load = new Load([one.url, other.url]);
    const running = load.run();
    const stream = listen(one.url);
    await load.more(SHARE);

    const exited = once(one.process, 'exit');
    one.process.kill('SIGTERM');
    const readiness = await untilNotReady(one.url);
    load.turnTo(other.url);
    // Whoever asks twice does not want to wait.
    one.process.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    await load.more(SHARE);
    load.end();
    await running;

    expect(load.failures).toEqual([]);
    expect(load.answered.get(one.url)).toBeGreaterThanOrEqual(SHARE);
    expect(load.answered.get(other.url)).toBeGreaterThanOrEqual(SHARE);
    expect(readiness).toMatchObject({ ready: false, missing: ['stopping'] });
    expect(code).toBe(0);
    expect(await stream).toBe('whole');
  });
});
