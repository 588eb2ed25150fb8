import { createHmac } from 'node:crypto';
import type { Secret } from '#foundation';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'rtmp:': '1935', 'rtmps:': '443' };

/** Server and application in one spelling: host in lower case, port always, no scheme, no credentials. */
export function normalisedTarget(url: string): string {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const host = hostname.toLowerCase().replace(/\.$/, '');
  const usedPort = port === '' ? (DEFAULT_PORTS[protocol] ?? '') : port;
  return `${host}:${usedPort}${pathname.replace(/\/+$/, '')}${search}`;
}

/**
 * Names a target without telling it: equal for the same server, application and key, whatever the scheme.
 * @param key Of the hash, so that stream keys cannot be guessed from the table.
 */
export function targetHash(key: Buffer, url: string, streamKey: Secret): Buffer {
  return createHmac('sha256', key)
    .update(`${normalisedTarget(url)}\n${streamKey.reveal()}`, 'utf8')
    .digest();
}

/** Below this length the ends would tell too much. */
const SHORTEST_SHOWN = 9;

/** A stream key as it may be shown: `str…me`, or only the dots when it is short. */
export function maskKey(streamKey: Secret): string {
  const text = streamKey.reveal();
  if (text === '') return '';
  return text.length < SHORTEST_SHOWN ? '…' : `${text.slice(0, 3)}…${text.slice(-2)}`;
}
