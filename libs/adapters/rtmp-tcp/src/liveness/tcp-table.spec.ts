import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { micros, microsFromMs } from '#foundation';
import { rowKey, TcpTable } from './tcp-table.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (key: string, queue: string): string =>
  `  12: ${key} 01 ${queue}:00000000 01:00000014 00000003     0        0 1 1 0 20 4 30 10 -1\n`;
const ENDS = {
  localAddress: '127.0.0.1',
  localPort: 0xa1b2,
  remoteAddress: '192.0.2.1',
  remotePort: 1935,
};

/** A connection as far as the table looks at it. */
const socketOf = (ends: object): Socket => ({ remoteFamily: 'IPv4', ...ends }) as unknown as Socket;

/** A table that gives the texts out one after the other. */
function tableOf(...texts: string[]) {
  const files: string[] = [];
  const table = new TcpTable((file) => {
    files.push(file);
    return Promise.resolve(texts.shift() ?? '');
  });
  return { table, files };
}

describe.runIf(process.platform === 'linux')('the table of TCP connections', () => {
  it('names the ends as the kernel does', () => {
    const ipv6 = { localAddress: '::1', localPort: 1, remoteAddress: '2001:db8::2', remotePort: 2 };

    expect(rowKey(ENDS)).toBe('0100007F:A1B2 010200C0:078F');
    expect(rowKey(ipv6)).toBe(
      '00000000000000000000000001000000:0001 B80D0120000000000000000002000000:0002',
    );
    expect(rowKey(socketOf({}))).toBeUndefined();
  });

  it('tells how much of what was sent the other side has', async () => {
    const text =
      HEAD + row('0100007F:0001 0100007F:0002', '00000999') + row(rowKey(ENDS) ?? '', '00001234');
    const { table, files } = tableOf(text);

    const told = await new Promise((resolve) => {
      const tcp = socketOf(ENDS);
      table.ask({ tcp, sentBytes: () => 0x5000, told: (...facts) => resolve(facts) }, micros(7));
    });

    expect(told).toEqual([0x5000 - 0x1234, false, 7]);
    expect(files).toEqual(['tcp']);
  });

  it('reads once in 2 s, for all that have asked since', async () => {
    const other = { ...ENDS, localPort: 5 };
    const text = HEAD + row(rowKey(ENDS) ?? '', '00000000') + row(rowKey(other) ?? '', '00000001');
    const { table, files } = tableOf('', text);
    const told: unknown[] = [];
    const ask = (ends: typeof ENDS, atMs: number): Promise<void> =>
      new Promise((resolve) => {
        const hear = (...facts: unknown[]): void => {
          told.push(facts);
          resolve();
        };
        const watched = { tcp: socketOf(ends), sentBytes: () => 10, told: hear };
        table.ask(watched, microsFromMs(atMs));
      });

    void ask(ENDS, 0);
    void ask(ENDS, 1999);
    await ask(other, 2000);

    expect(files).toEqual(['tcp', 'tcp']);
    expect(told).toEqual([
      [10, true, 2_000_000],
      [9, false, 2_000_000],
    ]);
  });

  it.each([
    ['is not asked again where it is hidden', 'EACCES', 1],
    ['is asked again where it could not be read once', 'EMFILE', 2],
  ])('%s', async (_what, code, expected) => {
    let reads = 0;
    const table = new TcpTable(() => {
      reads += 1;
      return Promise.reject(Object.assign(new Error(code), { code }));
    });
    const watched = { tcp: socketOf(ENDS), sentBytes: () => 0, told: () => undefined };

    table.ask(watched, microsFromMs(0));
    await new Promise((resolve) => setImmediate(resolve));
    table.ask(watched, microsFromMs(5000));

    expect(reads).toBe(expected);
  });

  it.each(['127.0.0.1', '::1'])('finds what a peer on %s leaves unread', async (host) => {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const peer = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const tcp = connect((server.address() as AddressInfo).port, host);
    onTestFinished(async () => {
      tcp.destroy();
      (await peer).destroy();
      server.close();
    });
    const sizeBytes = 33_554_432;
    await new Promise((resolve) => tcp.once('connect', resolve));
    tcp.write(Buffer.alloc(sizeBytes));

    const [confirmed, hasAll] = await new Promise<[number, boolean]>((resolve) => {
      const sentBytes = (): number => sizeBytes - tcp.writableLength;
      const told = (...facts: [number, boolean, unknown]): void => resolve([facts[0], facts[1]]);
      new TcpTable().ask({ tcp, sentBytes, told }, micros(0));
    });

    expect(hasAll).toBe(false);
    expect(confirmed).toBeLessThan(sizeBytes);
  });
});
