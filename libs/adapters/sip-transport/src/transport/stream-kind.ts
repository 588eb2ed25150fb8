import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { TransportPath } from '#protocol/sip';

/** How far a connection of ours had come. */
export type ConnectionStage = 'connecting' | 'handshake' | 'open';

/** What the stream transports do differently. */
export interface StreamKind {
  readonly transport: 'tcp' | 'tls';
  /** Event of a socket of ours that says that messages may be sent. */
  readonly readyEvent: 'connect' | 'secureConnect';
  /** Begins a connection to a peer; throws never. */
  connect(path: TransportPath, localAddress: string | undefined): Socket;
  /** A server that gives connections as soon as messages may be exchanged; undefined when none is configured. */
  createServer(accepted: (socket: Socket) => void): Server | undefined;
  /** Why a connection failed, in one line. */
  reasonOf(error: Error, path: TransportPath, stage: ConnectionStage): string;
}

/** The code of a system error, else its text. */
export const codeOf = (error: Error): string =>
  'code' in error ? String(error.code) : error.message;

/** SIP over TCP. */
export const tcpKind: StreamKind = {
  transport: 'tcp',
  readyEvent: 'connect',
  connect: ({ address, port }, localAddress) =>
    connect({ host: address, port, ...(localAddress === undefined ? {} : { localAddress }) }),
  createServer: (accepted) => createServer(accepted),
  reasonOf: codeOf,
};
