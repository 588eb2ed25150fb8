import { Pool } from 'undici';

/** What a load has shown. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** From the sending to the end of the answer, in milliseconds. */
  readonly timesMs: readonly number[];
}

/** One request of a load. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** Requests over so many connections, the next of each as soon as it has its answer. */
export class HttpLoad {
  readonly #pool: Pool;
  readonly #connections: number;
  readonly #key: string;

  constructor(options: {
    readonly url: string;
    readonly key: string;
    readonly connections: number;
  }) {
    this.#pool = new Pool(options.url, { connections: options.connections, pipelining: 1 });
    this.#connections = options.connections;
    this.#key = options.key;
  }

  /** @returns The answer's text. @throws Error when the status is another than `expected`. */
  async ask({ method, path, body }: LoadRequest, expected: number): Promise<string> {
    const headers = {
      authorization: `Bearer ${this.#key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await this.#pool.request({ method, path, headers, body: body ?? null });
    const text = await answer.body.text();
    if (answer.statusCode !== expected) throw new Error(`${answer.statusCode} ${text}`);
    return text;
  }

  /** Asks for `seconds`. @throws Error at the first answer with another status than `expected`. */
  async run(next: () => LoadRequest, expected: number, seconds: number): Promise<LoadResult> {
    const startedMs = performance.now();
    const untilMs = startedMs + seconds * 1000;
    const timesMs: number[] = [];
    const line = async (): Promise<void> => {
      for (let beganMs = performance.now(); beganMs < untilMs; beganMs = performance.now()) {
        await this.ask(next(), expected);
        timesMs.push(performance.now() - beganMs);
      }
    };
    await Promise.all(Array.from({ length: this.#connections }, line));
    const spentSeconds = (performance.now() - startedMs) / 1000;
    return { requests: timesMs.length, seconds: spentSeconds, timesMs };
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
