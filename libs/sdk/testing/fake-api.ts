import type { Fetch } from '../src/http/transport.ts';
import { FakeWorld } from './fake-world.ts';

/** One request as it came. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly redirect: string | undefined;
  readonly atMs: number;
}

/** What is answered to one request: `silence` is none at all, an Error is a broken connection. */
export type Script = Response | Error | 'silence';

/** An API that answers what it is told to, one request after the other, and writes down what it is asked. */
export class FakeApi {
  readonly world = new FakeWorld();
  readonly asked: Asked[] = [];
  readonly #scripts: Script[];

  constructor(...scripts: readonly Script[]) {
    this.#scripts = [...scripts];
  }

  /** When each request came, in ms after the first one. */
  get timesMs(): readonly number[] {
    return this.asked.map(({ atMs }) => atMs - (this.asked[0]?.atMs ?? 0));
  }

  readonly fetch: Fetch = async (url, { method = 'GET', headers, body, redirect, signal }) => {
    this.asked.push({
      method,
      url: url.href,
      headers: headers as Readonly<Record<string, string>>,
      body: typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined,
      redirect,
      atMs: this.world.nowMs(),
    });
    const script = this.#scripts.shift();
    if (script === undefined) throw new Error('asked more than was expected');
    if (script instanceof Error) throw script;
    if (script === 'silence') return await aborted(signal);
    return cutBy(script, signal);
  };
}

function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

/** As `fetch` does: the signal ends the body too, with all that was not read yet. */
function cutBy(response: Response, signal: AbortSignal | null | undefined): Response {
  const source: ReadableStream<Uint8Array> | null = response.body;
  if (source === null) return response;
  const reader = source.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal?.addEventListener('abort', () => controller.error(signal.reason));
      },
      async pull(controller) {
        const { done, value } = await reader.read();
        if (signal?.aborted === true) return;
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  const { status, headers } = response;
  return new Response(body, { status, headers });
}

/** A good answer. */
export const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

/** A problem document. */
export const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  json({ type: 't', title: 't', status, code, detail: `It is ${code}.` }, status, {
    'x-request-id': 'r-1',
    ...headers,
  });

/** What fetch throws when nobody listens. */
export const refused = (): Error =>
  Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
