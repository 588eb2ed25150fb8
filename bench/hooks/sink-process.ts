import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * The endpoints: `/fast` answers 204 at once and counts, `/timed` notes how long ago the event of its body was, `/stuck`
 * never answers. Whoever has forked it names what is to be waited for.
 */

interface Expectation {
  readonly path: string;
  readonly count: number;
}

let expected: Expectation | undefined;
let count = 0;
let timesMs: number[] = [];

const take = (path: string, body: string): void => {
  if (path === '/timed')
    timesMs.push(Date.now() - Date.parse((JSON.parse(body) as { at: string }).at));
  if (path !== expected?.path) return;
  count += 1;
  if (count === expected.count) process.send?.({ atMs: Date.now(), timesMs });
};

const server = createServer((request, response) => {
  const { url = '' } = request;
  if (url === '/stuck') {
    request.resume();
    return;
  }
  let body = '';
  request.setEncoding('latin1');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    response.writeHead(204).end();
    take(url, body);
  });
});

process.on('message', (message: Expectation) => {
  expected = message;
  count = 0;
  timesMs = [];
  process.send?.('expecting');
});
process.on('disconnect', () => process.exit(0));

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
