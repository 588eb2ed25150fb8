import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PreviewRelay } from './preview-relay.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ask = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(url, { agent: false }, resolve).on('error', reject));

describe('the relay of a preview', () => {
  it('lets the node go when the listener has left before its stream came', async () => {
    let left: Promise<unknown> = Promise.resolve();
    const node = await serve((_, reply) => {
      left = once(reply, 'close');
      reply.write('FLV');
    });
    const relay = new PreviewRelay({} as never, {} as never);
    let relayed: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (relayed = resolve));
    const api = await serve((request, reply) => {
      void (async () => {
        // The node takes its time, and meanwhile the listener leaves.
        client.destroy();
        await once(reply, 'close');
        const stream = await ask(node);
        relay.relay(stream, reply);
        relayed();
      })();
      request.resume();
    });
    const client = get(api, { agent: false });
    client.on('error', () => undefined);

    await done;
    await expect(left).resolves.toEqual([]);
  });
});
