import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, as an endpoint has written it down. */
export interface LedgerLine {
  /** The first part of the path. */
  readonly hook: string;
  /** `webhook-id`. */
  readonly id: string;
  readonly body: string;
  readonly callId: string;
  readonly seq: number;
  readonly type: string;
  /** Whether the answer was cut. */
  readonly isCut: boolean;
  /** In which of the rounds of the test. */
  readonly round: number;
}

/** Endpoints on one port of this machine that write everything down, and cut some of their answers. */
export class HookLedger {
  readonly lines: LedgerLine[] = [];
  round = 0;
  readonly #cutEvery: number;
  readonly #waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const isCut = this.#cutEvery > 0 && this.lines.length % this.#cutEvery === 1;
      const { callId, seq, type } = JSON.parse(body) as LedgerLine;
      this.lines.push({
        hook: (request.url ?? '').slice(1),
        id: String(request.headers['webhook-id']),
        ...{ body, callId, seq, type, isCut, round: this.round },
      });
      if (isCut) cut(response);
      else response.writeHead(204).end();
      for (const each of [...this.#waiting]) {
        if (this.lines.length < each.count) continue;
        this.#waiting.delete(each);
        each.resolve();
      }
    });
  });

  /** @param cutEvery Of so many answers one is cut; 0 for none. */
  constructor(cutEvery: number) {
    this.#cutEvery = cutEvery;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  url(hook: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${hook}`;
  }

  /** Until there are so many lines. */
  async until(count: number): Promise<void> {
    if (this.lines.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.add({ count, resolve }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The status has gone out, and a part of the body. */
function cut(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' });
  response.write('half', () => response.destroy());
}
