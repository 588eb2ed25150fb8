import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { ipAddressBytes, microsFromMs } from '#foundation';
import type { Micros } from '#foundation';

/** The kernel writes the whole table out for each reading. */
const READ_EVERY_MS = 2000;

/** A connection whose sent bytes somebody wants to know about. */
export interface WatchedConnection {
  readonly tcp: Socket;
  /** Bytes given to the kernel so far; asked right before the kernel is. */
  readonly sentBytes: () => number;
  /** @param confirmedBytes Of `sentBytes`, what the other side's TCP has; `hasAll` when that is all. */
  readonly told: (confirmedBytes: number, hasAll: boolean, readAt: Micros) => void;
}

/**
 * What Linux knows of TCP connections: how many sent bytes the other side has not confirmed. Read at most every 2 s,
 * for all connections together that have asked since; where there is no such table nobody is told anything.
 *
 * @see proc_pid_net(5): `/proc/net/tcp`
 */
export class TcpTable {
  readonly #read: (file: 'tcp' | 'tcp6') => Promise<string>;
  #asked = new Map<string, WatchedConnection>();
  #readAt: Micros | undefined;
  #isMissing = process.platform !== 'linux';

  constructor(read = (file: string): Promise<string> => readFile(`/proc/net/${file}`, 'latin1')) {
    this.#read = read;
  }

  /** Asks about a connection; to be repeated for as long as its owner wants to know. */
  ask(connection: WatchedConnection, now: Micros): void {
    const key = rowKey(connection.tcp);
    if (this.#isMissing || key === undefined) return;
    this.#asked.set(key, connection);
    if (this.#readAt !== undefined && now - this.#readAt < microsFromMs(READ_EVERY_MS)) return;
    this.#readAt = now;
    const asked = this.#asked;
    this.#asked = new Map();
    void this.#answer(asked, now);
  }

  async #answer(asked: ReadonlyMap<string, WatchedConnection>, now: Micros): Promise<void> {
    const sent = new Map([...asked].map(([key, one]) => [key, one.sentBytes()]));
    try {
      const isIpv6 = (one: WatchedConnection): boolean => one.tcp.remoteFamily === 'IPv6';
      const all = [...asked.values()];
      const texts = [
        all.every(isIpv6) ? '' : await this.#read('tcp'),
        all.some(isIpv6) ? await this.#read('tcp6') : '',
      ];
      for (const text of texts) {
        for (const [key, unconfirmed] of unconfirmedBytes(text)) {
          asked.get(key)?.told((sent.get(key) ?? 0) - unconfirmed, unconfirmed === 0, now);
        }
      }
    } catch (error) {
      // A system that hides the table, as some containers do. Anything else may be over the next time.
      this.#isMissing = isHidden(error);
    }
  }
}

const HIDDEN: readonly unknown[] = ['ENOENT', 'EACCES', 'EPERM'];

const isHidden = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && HIDDEN.includes(error.code);

/** The table of this process. */
export const tcpTable = new TcpTable();

/** Rows of the table: both ends, and the bytes that were written and not confirmed. */
function* unconfirmedBytes(text: string): Generator<readonly [string, number]> {
  for (const line of text.split('\n')) {
    // "  12: 0100007F:A1B2 0100007F:078F 01 00001234:00000000 ..."
    const [, local, remote, , queues] = line.trimStart().split(' ', 5);
    if (local === undefined || remote === undefined || queues === undefined) continue;
    const bytes = Number.parseInt(queues, 16);
    if (!Number.isNaN(bytes)) yield [`${local} ${remote}`, bytes];
  }
}

/** How the table names a connection; undefined for one that is closed. */
export function rowKey(
  tcp: Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>,
): string | undefined {
  const local = endText(tcp.localAddress, tcp.localPort);
  const remote = endText(tcp.remoteAddress, tcp.remotePort);
  return local === undefined || remote === undefined ? undefined : `${local} ${remote}`;
}

/** Addresses stand there as words of 32 bits in the byte order of the machine, which is little-endian where Node runs. */
function endText(address: string | undefined, port: number | undefined): string | undefined {
  const bytes = ipAddressBytes(address ?? '');
  if (bytes === undefined || port === undefined) return undefined;
  const words = bytes.map((_, index) => bytes[(index & ~3) + 3 - (index & 3)] ?? 0);
  const hex = Buffer.from(words).toString('hex');
  return `${hex}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}
