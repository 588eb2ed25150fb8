import type { RandomSource } from '#foundation';
import type { SipRequest } from '../message/message.ts';
import type {
  ClientTransaction,
  ClientTransactionHandlers,
} from '../transaction/client-transaction.ts';
import type { TransactionLayer } from '../transaction/layer.ts';
import { newBranch } from '../transaction/transaction-key.ts';
import type { RoutedRequest } from './dialog.ts';
import type { TransportName, TransportPath } from '../transaction/transport-path.ts';

/** What is known about the way to a URI without asking anybody. */
export type FoundRoute =
  | { readonly kind: 'path'; readonly path: TransportPath }
  /** The host is a name: `resolve` has to be asked. */
  | { readonly kind: 'name'; readonly transport: TransportName }
  | { readonly kind: 'unusable'; readonly problem: RouteProblem };

/** Why there is no way to a URI. */
export type RouteProblem =
  'invalidUri' | 'unsupportedScheme' | 'transportNotAvailable' | 'ourselves';

/** Finds the way to the host of a URI (RFC 3263). */
export interface RouteFinder {
  find(uri: string): FoundRoute;
  /** Calls `resolved` once, later, with the paths in the order they are to be tried; none when the name is unknown. */
  resolve(uri: string, resolved: (paths: readonly TransportPath[]) => void): void;
}

/** What a request sender works with. */
export interface RequestSenderOptions {
  readonly layer: TransactionLayer;
  readonly routes: RouteFinder;
  readonly random: RandomSource;
  /** Our own `host` or `host:port` on a path, as Via's sent-by. */
  readonly sentBy: (path: TransportPath) => string;
  /** Fits what depends on the path, but for Via, into a request, such as its Contact. Default: nothing. */
  readonly fit?: (request: SipRequest, path: TransportPath) => SipRequest;
}

/** What the sender of a request hears, beyond what its transaction says. */
export interface OutgoingHandlers extends Required<ClientTransactionHandlers> {
  /** There is no way to the next hop (its name is unknown, its URI unusable); nothing was sent. */
  unroutable(problem: RouteProblem | 'unknownName'): void;
}

/** Puts a Via with a new branch on requests and finds the way for them. */
export class RequestSender {
  readonly #options: RequestSenderOptions;

  constructor(options: RequestSenderOptions) {
    this.#options = options;
  }

  /** What is known about the way to `nextHop` now. */
  find(nextHop: string): FoundRoute {
    return this.#options.routes.find(nextHop);
  }

  /** Readies a request that lacks only its Via. Nothing is sent before `start`. */
  prepare(request: SipRequest, nextHop: string): OutgoingRequest {
    return new OutgoingRequest({ ...this.#options, unsent: request, nextHop });
  }

  /**
   * Sends a request that gets no response: the ACK of a 2xx.
   *
   * @param fallback The way to take when there is none to the next hop: the one the INVITE went.
   * @param sent Called when the way is known with the message as sent and its path, for later repetition.
   */
  sendAck(
    ack: RoutedRequest,
    fallback: TransportPath | undefined,
    sent: (message: SipRequest, path: TransportPath) => void,
  ): void {
    const { layer, routes } = this.#options;
    const send = (path = fallback): void => {
      if (path === undefined) return;
      const message = withVia(ack.request, path, this.#options);
      sent(message, path);
      layer.sendDirect(message, path);
    };
    const found = routes.find(ack.nextHop);
    if (found.kind === 'name') routes.resolve(ack.nextHop, (paths) => send(paths[0]));
    else send(found.kind === 'path' ? found.path : undefined);
  }

  /** Sends a message again, or along a path that is already known. */
  sendAgain(message: SipRequest, path: TransportPath): void {
    this.#options.layer.sendDirect(message, path);
  }

  /** Starts a request that goes the same way as an earlier one and already has its Via: CANCEL. */
  startOnPath(request: SipRequest, path: TransportPath, handlers: ClientTransactionHandlers): void {
    this.#options.layer.createClient(request, path, handlers).start();
  }
}

function withVia(
  request: SipRequest,
  path: TransportPath,
  { sentBy, fit, random }: Pick<RequestSenderOptions, 'sentBy' | 'fit' | 'random'>,
): SipRequest {
  // A connection needs no rport: the response comes back on it (RFC 3581 section 3).
  const rport = path.transport === 'udp' ? ';rport' : '';
  const sender = `SIP/2.0/${path.transport.toUpperCase()} ${sentBy(path)}`;
  const fitted = fit?.(request, path) ?? request;
  const headers = fitted.headers.clone();
  headers.prepend('Via', `${sender}${rport};branch=${newBranch(random)}`);
  return { ...fitted, headers };
}

interface OutgoingRequestOptions extends RequestSenderOptions {
  readonly unsent: SipRequest;
  readonly nextHop: string;
}

/**
 * A request on its way: looks its next hop up, tries the addresses found one after the other (each with a branch of
 * its own) as long as the path fails before any response, and is one transaction at a time.
 */
export class OutgoingRequest {
  readonly #options: OutgoingRequestOptions;
  readonly #found: FoundRoute;
  #message: SipRequest;
  #path: TransportPath | undefined;
  #transaction: ClientTransaction | undefined;
  #further: readonly TransportPath[] = [];
  #handlers: OutgoingHandlers | undefined;
  #isOver = false;

  constructor(options: OutgoingRequestOptions) {
    this.#options = options;
    this.#message = options.unsent;
    this.#found = options.routes.find(options.nextHop);
    if (this.#found.kind === 'path') this.#take(this.#found.path);
  }

  /** The request as it is sent; without Via as long as the path is unknown. */
  get message(): SipRequest {
    return this.#message;
  }

  /** The path it goes; undefined as long as a name has to be looked up. */
  get path(): TransportPath | undefined {
    return this.#path;
  }

  /** Whether the request has been handed to a transaction. */
  get isSent(): boolean {
    return this.#transaction !== undefined;
  }

  start(handlers: OutgoingHandlers): void {
    this.#handlers = handlers;
    if (this.#found.kind === 'path') this.#send(this.#found.path, handlers);
    else if (this.#found.kind === 'unusable') this.#giveUp(this.#found.problem, handlers);
    else this.#lookUp(handlers);
  }

  #lookUp(handlers: OutgoingHandlers): void {
    this.#options.routes.resolve(this.#options.nextHop, (paths) => {
      if (!this.#isOver) this.#begin(paths, handlers);
    });
  }

  #begin(paths: readonly TransportPath[], handlers: OutgoingHandlers): void {
    const [first, ...further] = paths;
    if (first === undefined) {
      this.#giveUp('unknownName', handlers);
      return;
    }
    this.#further = further;
    this.#take(first);
    this.#send(first, handlers);
  }

  #giveUp(problem: RouteProblem | 'unknownName', handlers: OutgoingHandlers): void {
    handlers.unroutable(problem);
    this.#end();
  }

  /** Ends the request without a word to the network; only `terminated` is reported. */
  abandon(): void {
    this.#further = [];
    this.#transaction?.abandon();
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handlers?.terminated();
  }

  #take(path: TransportPath): void {
    this.#path = path;
    this.#message = withVia(this.#options.unsent, path, this.#options);
  }

  #send(path: TransportPath, handlers: OutgoingHandlers): void {
    let isMovingOn = false;
    let isAnswered = false;
    this.#transaction = this.#options.layer.createClient(this.#message, path, {
      response: (response, arrival) => {
        isAnswered = true;
        handlers.response(response, arrival);
      },
      timedOut: () => handlers.timedOut(),
      transportFailed: (reason) => {
        isMovingOn = !isAnswered && this.#further.length > 0;
        if (!isMovingOn) handlers.transportFailed(reason);
      },
      terminated: () => {
        if (isMovingOn) this.#tryNext(handlers);
        else this.#end();
      },
    });
    this.#transaction.start();
  }

  #tryNext(handlers: OutgoingHandlers): void {
    const [next, ...further] = this.#further;
    if (next === undefined) return;
    this.#further = further;
    this.#take(next);
    this.#send(next, handlers);
  }
}
