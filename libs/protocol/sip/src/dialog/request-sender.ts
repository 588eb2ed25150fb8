import type { RandomSource, Timers } from '#foundation';
import { namedRoutes } from '../location/named-routes.ts';
import type { FoundRoute, RouteFinder } from '../location/route-finder.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ClientTransactionHandlers } from '../transaction/client-transaction.ts';
import type { TransactionLayer } from '../transaction/layer.ts';
import type { SipTimerConfig } from '../transaction/timer-values.ts';
import { newBranch } from '../transaction/transaction-key.ts';
import type { TransportPath } from '../transaction/transport-path.ts';
import type { RoutedRequest } from './dialog.ts';
import { OutgoingRequest } from './outgoing-request.ts';

/** How long a target may be silent when there is another one, in milliseconds. */
const NEXT_TARGET_AFTER_MS = 6000;

/** What a request sender works with. */
export interface RequestSenderOptions {
  readonly layer: TransactionLayer;
  readonly routes: RouteFinder;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  /** How long a target may be silent when there is another one, in milliseconds. Default: 6000. */
  readonly nextTargetAfterMs?: number | undefined;
  readonly random: RandomSource;
  /** Our own `host` or `host:port` on a path, as Via's sent-by. */
  readonly sentBy: (path: TransportPath) => string;
  /** Fits what depends on the path, but for Via, into a request, such as its Contact. Default: nothing. */
  readonly fit?: (request: SipRequest, path: TransportPath) => SipRequest;
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
    return this.prepareWithin({ request, nextHop });
  }

  /** The same for a request that a dialog has made. */
  prepareWithin({ request, nextHop, serverName }: RoutedRequest): OutgoingRequest {
    const routes = namedRoutes(this.#options.routes, serverName);
    return new OutgoingRequest({
      ...this.#options,
      routes,
      nextTargetAfterMs: this.#options.nextTargetAfterMs ?? NEXT_TARGET_AFTER_MS,
      unsent: request,
      nextHop,
      stamp: (path) => withVia(request, path, this.#options),
    });
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
    const { layer } = this.#options;
    const routes = namedRoutes(this.#options.routes, ack.serverName);
    const send = (path = fallback): void => {
      if (path === undefined) return;
      const message = withVia(ack.request, path, this.#options);
      sent(message, path);
      layer.sendDirect(message, path);
    };
    const found = routes.find(ack.nextHop);
    const callId = ack.request.headers.get('Call-ID') ?? '';
    if (found.kind === 'name') routes.resolve(ack.nextHop, callId, ({ paths }) => send(paths[0]));
    else send(found.kind === 'path' ? found.path : undefined);
  }

  /** An INVITE was given up: `answered` hears of each 2xx that comes within 64*T1 in spite of that. */
  watchGivenUp(invite: SipRequest, answered: (response: SipResponse) => void): void {
    this.#options.layer.watch(invite, answered);
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
