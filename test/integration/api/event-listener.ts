import { get } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { API_KEY } from './api-world.ts';

/** One event as it came over the wire. */
export interface HeardEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

function parseBlock(block: string): HeardEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const [id, type, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
  if (id === undefined || type === undefined || data === undefined) return undefined;
  return { id, type, data: JSON.parse(data) as Record<string, unknown> };
}

/** A listener of `GET /v1/events` that waits for events by name, not by time. */
export class EventListener {
  readonly events: HeardEvent[] = [];
  text = '';
  readonly #request: ClientRequest;
  readonly #waiting = new Set<() => void>();
  #isOver = false;
  #rest = '';

  private constructor(
    request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    this.#request = request;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#take(text));
    response.on('close', () => {
      this.#isOver = true;
      this.#tell();
    });
    response.on('error', () => undefined);
  }

  /** Resolves when the head of the answer has come. */
  static open(
    url: string,
    options: { readonly after?: string; readonly query?: string } = {},
  ): Promise<EventListener> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${API_KEY}`,
        ...(options.after === undefined ? {} : { 'last-event-id': options.after }),
      };
      const request = get(`${url}/v1/events${options.query ?? ''}`, { headers }, (response) => {
        if (response.statusCode === 200) resolve(new EventListener(request, response));
        else reject(new Error(`status ${String(response.statusCode)}`));
      });
      request.on('error', reject);
    });
  }

  get lastId(): string | undefined {
    return this.events.at(-1)?.id;
  }

  /** Waits until `isThere`; throws when the stream ends before. */
  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.#isOver) throw new Error(`the stream ended after ${this.events.length} events`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Waits until that has come over the wire. */
  async untilText(text: string): Promise<void> {
    await this.until(() => this.text.includes(text));
  }

  /** Waits until the server or we have ended the stream. */
  async ended(): Promise<void> {
    while (!this.#isOver) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  close(): void {
    this.#request.destroy();
  }

  #take(text: string): void {
    this.text += text;
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== undefined) this.events.push(event);
    }
    this.#tell();
  }

  #tell(): void {
    for (const resolve of [...this.#waiting]) resolve();
    this.#waiting.clear();
  }
}
