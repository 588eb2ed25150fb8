/** Where and when a SIP message passed the server's socket. */
export interface Passage {
  /** `network`: received, or made up by the stack. `application`: sent by us. */
  readonly source: 'network' | 'application';
  /** Size on the wire in bytes; 0 for what never was on it. */
  readonly sizeBytes: number;
  /** `udp`, `tcp`, `tls`; `unknown` before DNS has answered; may be empty. */
  readonly protocol: string;
  /** Received: where it came from. Sent: the local address (UDP) or the remote one (TCP). May be empty. */
  readonly address: string;
  readonly port: number;
  /** UTC, `HH:MM:SS.uuuuuu`; see `formatPassageTime`. */
  readonly time: string;
}

interface Message {
  /** Chosen by the server, a UUID. */
  readonly id: string;
}

interface Reply extends Message {
  /** Id of the command that is answered. */
  readonly replyTo: string;
}

/** A command without a result of its own was done. */
export interface DoneReply extends Reply {
  readonly type: 'ok' | 'pong' | 'proxyDone';
}

/** The secret was right. Addresses are `transport/host:port`. */
export interface AuthenticatedReply extends Reply {
  readonly type: 'authenticated';
  readonly hostports: readonly string[];
  /** `v0.9.10...`: drachtio-srf reads three numbers after the `v`. */
  readonly version: string;
  readonly localHostports: readonly string[];
}

/** A command failed: `NO` for authentication, `NOK` for everything else. */
export interface RefusedReply extends Reply {
  readonly type: 'refused';
  readonly verdict: 'NO' | 'NOK';
  /** Separators in it are replaced by spaces. */
  readonly reason: string;
}

/** The request as it was sent. Has to come before anything that is received for its transaction. */
export interface RequestSentReply extends Reply {
  readonly type: 'requestSent';
  readonly passage: Passage;
  readonly transactionId: string;
  readonly sip: Uint8Array;
}

/** The response as it was sent. */
export interface ResponseSentReply extends Reply {
  readonly type: 'responseSent';
  readonly passage: Passage;
  readonly transactionId: string;
  /** Empty outside dialogs. */
  readonly dialogId: string;
  readonly sip: Uint8Array;
}

/** A response to a proxied request; more replies to the same command follow. */
export interface ProxyProgressReply extends Reply {
  readonly type: 'proxyProgress';
  readonly passage: Passage;
  readonly sip: Uint8Array;
}

/** A SIP message for the application. drachtio-srf drops what its own parser cannot read. */
export interface SipDelivery extends Message {
  readonly type: 'sip';
  readonly passage: Passage;
  /** `unsolicited` for a request that the server made by itself. */
  readonly transactionId: string;
  /** Empty outside dialogs. */
  readonly dialogId: string;
  /** Of a request outside dialogs: the local address it arrived on. */
  readonly receivedOn?: { readonly address: string; readonly port: number };
  readonly sip: Uint8Array;
}

/** A call detail record. */
export interface CdrDelivery extends Message {
  readonly type: 'cdr';
  readonly event: 'attempt' | 'start' | 'stop';
  readonly source: 'network' | 'application';
  readonly time: string;
  /** The role (`uac`) of a start, the reason (`normal-release`) of a stop; an attempt has none. */
  readonly detail?: string;
  readonly sip: Uint8Array;
}

/** Every message that a server may send. */
export type ServerMessage =
  | DoneReply
  | AuthenticatedReply
  | RefusedReply
  | RequestSentReply
  | ResponseSentReply
  | ProxyProgressReply
  | SipDelivery
  | CdrDelivery;
