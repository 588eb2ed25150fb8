import { setTimeout as pause } from 'node:timers/promises';
import { callViewSchema, eventPageSchema } from '#contracts';
import type { CallView, CreateCallInput, EventView } from '#contracts';

/** The API said no. */
class RestError extends Error {
  override readonly name = 'RestError';
}

/** What the API has answered; the body is undefined when there was none. */
export interface RestAnswer<T> {
  readonly status: number;
  readonly body: T;
}

const REQUEST_TIMEOUT_MS = 30_000;
const POLL_MS = 100;

/** The public API, as any client would use it. */
export class RestClient {
  readonly #apiUrl: string;
  readonly #apiKey: string;

  constructor(apiUrl: string, apiKey: string) {
    this.#apiUrl = apiUrl;
    this.#apiKey = apiKey;
  }

  async placeCall(call: CreateCallInput): Promise<CallView> {
    return callViewSchema.parse(await this.#ask('POST', '/v1/calls', call));
  }

  async readCall(id: string): Promise<CallView> {
    return callViewSchema.parse(await this.#ask('GET', `/v1/calls/${id}`));
  }

  async readEvents(id: string): Promise<EventView[]> {
    return eventPageSchema.parse(await this.#ask('GET', `/v1/calls/${id}/events`)).items;
  }

  async hangUp(id: string): Promise<void> {
    await this.#ask('DELETE', `/v1/calls/${id}`);
  }

  /** @throws RestError when the call is not as wanted within `timeoutMs`. */
  async untilCall(
    id: string,
    wanted: {
      readonly what: string;
      readonly is: (call: CallView) => boolean;
      readonly timeoutMs: number;
    },
  ): Promise<CallView> {
    const deadline = performance.now() + wanted.timeoutMs;
    for (;;) {
      const call = await this.readCall(id);
      if (wanted.is(call)) return call;
      const isOver = call.state === 'ended';
      if (isOver || performance.now() > deadline)
        throw new RestError(`call ${call.callId} is not ${wanted.what}: ${describe(call)}`);
      await pause(POLL_MS);
    }
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) {
      throw new RestError(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }

  /** Any request, and whatever is answered; the body is not looked at. */
  async request<T>(method: string, path: string, body?: unknown): Promise<RestAnswer<T>> {
    const response = await fetch(new URL(path, this.#apiUrl), {
      method,
      headers: {
        authorization: `Bearer ${this.#apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }
}

/** State, verdict and outputs in one line. */
function describe(call: CallView): string {
  const outputs = call.outputs.map(({ state, error }) => `${state} ${error?.code ?? ''}`.trim());
  const verdict = call.verdict === null ? '' : ` (${call.verdict.code}: ${call.verdict.detail})`;
  return `${call.state}${verdict}, outputs ${outputs.join(', ')}`;
}
