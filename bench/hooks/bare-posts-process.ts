import { Pool } from 'undici';

/*
 * The rival: what somebody writes who wants nothing but the posts. Bodies that lie ready; no signature, no order, no record, nothing is tried again.
 */

interface Order {
  readonly url: string;
  readonly bodies: readonly string[];
  readonly connections: number;
}

async function post({ url, bodies, connections }: Order): Promise<void> {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const left = [...bodies];
  const headers = { 'content-type': 'application/json' };
  const line = async (): Promise<void> => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      const answer = await pool.request({ path, method: 'POST', headers, body });
      await answer.body.dump();
    }
  };
  const startedMs = Date.now();
  await Promise.all(Array.from({ length: connections }, line));
  process.send?.({ startedMs });
  await pool.close();
}

process.on('message', (order: Order) => void post(order));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
