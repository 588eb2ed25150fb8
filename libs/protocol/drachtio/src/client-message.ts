import type { Secret } from '#foundation';

interface Command {
  /** Chosen by the client; the answer refers to it. */
  readonly id: string;
}

interface SipCommand extends Command {
  /** The SIP message as the application wrote it: sloppy, to be completed by the server. */
  readonly sip: Uint8Array;
}

/** The first message of a connection. */
export interface AuthenticateCommand extends Command {
  readonly type: 'authenticate';
  readonly secret: Secret;
  readonly tags: readonly string[];
}

/** Wants `pong`. */
export interface PingCommand extends Command {
  readonly type: 'ping';
}

/** Subscribes to requests of a method outside dialogs, or to `cdr:attempt`, `cdr:start`, `cdr:stop`; or stops that. */
export interface RouteCommand extends Command {
  readonly type: 'route' | 'removeRoute';
  /** Lower case. */
  readonly method: string;
}

/** A request outside any dialog. */
export interface NewRequestCommand extends SipCommand {
  readonly type: 'newRequest';
  /** Next hop instead of the request URI. */
  readonly proxy?: string;
}

/** A request inside a dialog. Its request URI means nothing. */
export interface DialogRequestCommand extends SipCommand {
  readonly type: 'dialogRequest';
  /** `<Call-ID>;from-tag=<tag of the one who began the dialog>`. */
  readonly dialogId: string;
  /** drachtio-server ignores it. */
  readonly proxy?: string;
}

/** CANCEL for the INVITE of a transaction. */
export interface CancelCommand extends SipCommand {
  readonly type: 'cancel';
  readonly transactionId: string;
}

/** The response to a request which the server delivered. */
export interface RespondCommand extends SipCommand {
  readonly type: 'respond';
  readonly transactionId: string;
  readonly dialogId?: string;
}

/** Wants a delivered request to be proxied. */
export interface ProxyCommand extends SipCommand {
  readonly type: 'proxy';
  readonly transactionId: string;
  readonly wantsRecordRoute: boolean;
  readonly wantsFullResponse: boolean;
  readonly followsRedirects: boolean;
  readonly isSimultaneous: boolean;
  /** As the client wrote it, with its unit (`2s`), or empty. */
  readonly provisionalTimeout: string;
  /** The same. */
  readonly finalTimeout: string;
  readonly destinations: readonly string[];
}

/** Anything else that at least has an id, so that it can be refused. */
export interface UnknownCommand extends Command {
  readonly type: 'unknown';
  /** All fields after the id. */
  readonly fields: readonly string[];
  readonly sip?: Uint8Array;
}

/** Every message that a client may send. */
export type ClientMessage =
  | AuthenticateCommand
  | PingCommand
  | RouteCommand
  | NewRequestCommand
  | DialogRequestCommand
  | CancelCommand
  | RespondCommand
  | ProxyCommand
  | UnknownCommand;
