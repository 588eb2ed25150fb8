import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import Srf from 'drachtio-srf';

/**
 * What we use of drachtio-srf 5.0.29, as its code behaves. Its own declarations are thin and in places wrong
 * (`cbRequest` gets an error first, `close` and `reconnecting` are missing, dialogs have no `id`), so nothing else of
 * ours imports the package and every use of it goes through these types.
 */

/** Header name to value. NOTE: srf writes into the objects it is given; never pass one twice. */
export type SrfHeaders = Record<string, string>;

/** What requests and responses have in common. */
interface SrfMessage {
  /** Absent when the message has no blank line after its headers. */
  readonly body?: string;
  readonly payload?: readonly { readonly type?: string | null; readonly content?: string }[];
  readonly headers: Readonly<Record<string, string>>;
  get(name: string): string | undefined;
}

/** A request we have sent, or one from the peer. */
export interface SrfRequest extends SrfMessage, EventEmitter {
  readonly method: string;
  readonly stackTxnId: string;
  /** Sends a CANCEL for this INVITE. */
  cancel(options: { readonly headers: SrfHeaders }, done: (error?: Error | null) => void): void;
}

/** A response from the peer, or one that we send. */
export interface SrfResponse extends SrfMessage {
  readonly status: number;
  readonly reason?: string;
  /** Empty when the signalling server made the response up itself. */
  readonly source_address?: string;
  readonly source_port?: number;
  /** Transport that it came by: `udp`, `tcp`, `tls`. */
  readonly protocol?: string;
  readonly stackDialogId?: string;
  send(status: number, options?: { readonly body?: string; readonly headers?: SrfHeaders }): void;
}

/** A confirmed dialog. */
export interface SrfDialog extends EventEmitter {
  readonly id: string;
  readonly connected: boolean;
  readonly local: { sdp: string; readonly contact?: string };
  readonly remote: { readonly uri: string; readonly sdp?: string };
  /** The answer that made it. */
  readonly res: Pick<SrfResponse, 'source_address' | 'get'>;
}

/** `SipError` of a final response, or a plain error. */
export interface SrfError extends Error {
  readonly status?: number;
  readonly code?: string;
  readonly res?: SrfResponse;
}

/** What `createUAC` is told. */
export interface SrfInviteOptions {
  readonly localSdp: string;
  readonly headers: SrfHeaders;
  readonly proxy?: string;
}

/** What `request` is told. */
export interface SrfRequestOptions {
  readonly method: 'BYE' | 'CANCEL' | 'INFO' | 'INVITE' | 'OPTIONS' | 'REGISTER';
  readonly headers: SrfHeaders;
  readonly body?: string;
  readonly stackDialogId?: string;
  readonly stackTxnId?: string;
  readonly proxy?: string;
}

/** The state that srf keeps for one control connection. */
interface SrfServerState {
  readonly pendingSipRequests: Map<string, unknown>;
}

/** srf's frame reader and writer; outlives its sockets. */
export interface SrfWire extends EventEmitter {
  readonly mapIncomingMsg: Map<Socket, { readonly incomingMsg: Uint8Array }>;
  send(socket: Socket, message: string): string;
}

/** srf's private client. Used for what has no public way: see control-connection.ts. */
export interface SrfAgent {
  readonly wp: SrfWire;
  readonly mapServer: Map<Socket, SrfServerState>;
}

type IncomingHandler = (request: SrfRequest, response: SrfResponse) => void;

/** The part of `Srf` that we use. */
export interface SrfApi extends EventEmitter {
  readonly app: { readonly client: SrfAgent };
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly secret: string;
    readonly reconnect: { readonly maxAttempts: number };
  }): void;
  invite(handler: IncomingHandler): void;
  options(handler: IncomingHandler): void;
  createUAC(
    uri: string,
    options: SrfInviteOptions,
    progress: {
      readonly cbRequest: (error: Error | null, request?: SrfRequest) => void;
      readonly cbProvisional: (response: SrfResponse) => void;
    },
    settled: (error: SrfError | null, dialog?: SrfDialog) => void,
  ): void;
  request(
    uri: string,
    options: SrfRequestOptions,
    sent: (error: SrfError | null, request?: SrfRequest) => void,
  ): void;
  removeDialog(dialog: SrfDialog): void;
}

/** A new, unconnected instance. */
export function newSrf(): SrfApi {
  return new Srf() as unknown as SrfApi;
}
