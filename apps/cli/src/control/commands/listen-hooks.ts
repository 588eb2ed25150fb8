import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HookError, verifyHook } from '#sdk';
import type { Event } from '#sdk';
import { eventText } from '../call-text.ts';
import type { Given } from '../command-line.ts';
import { readHookSecrets } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { fitted, printable } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

/** What listening for hooks works with. */
export interface HooksContext {
  readonly given: Given;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

const HOST = '127.0.0.1';
const BODY_LIMIT = 1024 * 1024;

/** What has come, and whether it can be believed. */
interface Delivery {
  readonly path: string;
  readonly id: string | undefined;
  readonly event: Event | undefined;
  /** Why not. */
  readonly problem: string | undefined;
}

/** `callcast hooks listen` */
export async function listenForHooks({ given, terminal, signal }: HooksContext): Promise<ExitCode> {
  const port = given.number('port', 0, 65_535) ?? 0;
  const wanted = given.number('count', 1, 1_000_000) ?? Infinity;
  const secrets = readHookSecrets(given.text('secret-file'));
  let count = 0;
  let refused = 0;
  const server = createServer();
  const enough = new Promise<void>((resolve) => {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void take(request, secrets).then((delivery) => {
        count += 1;
        if (delivery.problem !== undefined) refused += 1;
        tell(delivery, { given, terminal });
        response.writeHead(delivery.problem === undefined ? 204 : 400).end();
        if (count >= wanted) response.once('close', resolve);
      });
    });
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await listening(server, port);
  const { port: heard } = server.address() as AddressInfo;
  terminal.note(`Listening on http://${HOST}:${heard}/`);
  await enough;
  server.close();
  server.closeAllConnections();
  return refused === 0 ? EXIT.ok : EXIT.failed;
}

async function listening(server: Server, port: number): Promise<void> {
  server.listen({ host: HOST, port });
  await once(server, 'listening');
}

/** @throws Never: what cannot be read is a delivery with a problem. */
async function take(request: IncomingMessage, secrets: readonly string[]): Promise<Delivery> {
  const { url: path = '/', headers } = request;
  const id = headers['webhook-id'];
  const about = { path, id: typeof id === 'string' ? id : undefined };
  try {
    const body = await bodyOf(request);
    const event = await verifyHook(body, headers, secrets);
    return { ...about, event, problem: undefined };
  } catch (error) {
    const isForeseen = error instanceof HookError || error instanceof RangeError;
    const problem = isForeseen ? error.message : 'the body cannot be read';
    return { ...about, event: undefined, problem };
  }
}

/** @throws RangeError when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > BODY_LIMIT) throw new RangeError('the body is longer than 1 MiB');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function tell(delivery: Delivery, { given, terminal }: Omit<HooksContext, 'signal'>): void {
  const { event, problem, id = '-', path } = delivery;
  if (given.flag('json')) {
    terminal.print(JSON.stringify({ verified: problem === undefined, problem, id, path, event }));
    return;
  }
  const text = event === undefined ? `NOT BELIEVED  ${id}  ${problem ?? ''}` : textOf(event, path);
  terminal.print(fitted(printable(text), terminal.columns));
}

/** The WCS dialect sends what its methods send, and no events. */
const textOf = (event: Event, path: string): string =>
  typeof event.type === 'string' && typeof event.callId === 'string'
    ? `ok  ${eventText(event, { ofOneCall: false })}`
    : `ok  ${path}  ${JSON.stringify(event)}`;
