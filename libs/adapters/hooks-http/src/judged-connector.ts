import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { judgedLookup, judgeLiteral } from './judged-lookup.ts';
import type { LookupOptions } from './judged-lookup.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const MIN_TLS_VERSION = 'TLSv1.2';

/** What connections are made with. */
export interface ConnectorOptions extends LookupOptions {
  /** Certificates of authorities, as PEM, instead of those of Node. */
  readonly ca?: string | undefined;
}

/** Makes connections to addresses that were judged, and gives up those in the making. */
export interface JudgedConnector {
  readonly connect: buildConnector.connector;
  readonly giveUp: () => void;
}

/** Every connection of hooks is made here. */
export function judgedConnector({ targets, findAddresses, ca }: ConnectorOptions): JudgedConnector {
  const begun = new Set<Socket | TLSSocket>();
  // The types do not tell that the socket is returned at once; undici's own clients live by it.
  const begin = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: judgedLookup({ targets, findAddresses }),
    minVersion: MIN_TLS_VERSION,
    ...(ca === undefined ? {} : { ca }),
  }) as (...given: Parameters<buildConnector.connector>) => Socket | TLSSocket;
  return {
    connect: (options, callback) => {
      try {
        judgeLiteral(targets, options.hostname);
      } catch (error) {
        callback(error as Error, null);
        return;
      }
      const socket = begin(options, (...outcome) => {
        begun.delete(socket);
        callback(...outcome);
      });
      begun.add(socket);
    },
    giveUp: () => {
      for (const socket of begun) socket.destroy(new Error('given up'));
      begun.clear();
    },
  };
}
