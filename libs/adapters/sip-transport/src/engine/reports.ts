import type { Clock, RandomSource } from '#foundation';
import { formatPassageTime } from '#protocol/drachtio';
import type { Passage } from '#protocol/drachtio';
import { buildSipMessage, newUuid, plainForm } from '#protocol/sip';
import type { Arrival, SipMessage, SipRequest, SipResponse, TransportPath } from '#protocol/sip';
import type { LocalEndpoint } from '../transport/wire.ts';
import type { ClientLink } from './client-link.ts';

/** What reports are made with. */
export interface ReportsOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** The address of our own that messages on a path leave from. */
  readonly localOf: (path: TransportPath) => LocalEndpoint;
}

/** What a delivered message belongs to. */
export interface DeliveryIds {
  readonly transactionId: string;
  /** Empty outside dialogs. */
  readonly dialogId: string;
}

/** Transaction id of requests that the server makes by itself. */
const UNSOLICITED = 'unsolicited';

/** Puts what happened into the words of the control protocol. */
export class Reports {
  readonly #options: ReportsOptions;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  newId(): string {
    return newUuid(this.#options.random);
  }

  ok(client: ClientLink, replyTo: string): void {
    client.send({ type: 'ok', id: this.newId(), replyTo });
  }

  pong(client: ClientLink, replyTo: string): void {
    client.send({ type: 'pong', id: this.newId(), replyTo });
  }

  /** A command that could not be done. */
  refused(client: ClientLink, replyTo: string, reason: string): void {
    client.send({ type: 'refused', id: this.newId(), replyTo, verdict: 'NOK', reason });
  }

  /** The request of a command as it is sent; the path is unknown while a name is looked up. */
  requestSent(
    client: ClientLink,
    ids: { readonly replyTo: string; readonly transactionId: string },
    sent: { readonly request: SipRequest; readonly path: TransportPath | undefined },
  ): void {
    const sip = buildSipMessage(sent.request);
    client.send({
      type: 'requestSent',
      id: this.newId(),
      ...ids,
      passage: this.#sentPassage(sent.path, sip),
      sip,
    });
  }

  /** The response of a command as it is sent. */
  responseSent(
    client: ClientLink,
    ids: DeliveryIds & { readonly replyTo: string },
    sent: { readonly response: SipResponse; readonly arrival: Arrival },
  ): void {
    const sip = buildSipMessage(sent.response);
    const { transport, address, port } = sent.arrival.path;
    const passage = this.#passage('application', sip.length, {
      protocol: transport,
      address,
      port,
    });
    client.send({ type: 'responseSent', id: this.newId(), ...ids, passage, sip });
  }

  /** A message from the network, or one that was made up (no arrival) in its place. */
  received(
    client: ClientLink | undefined,
    ids: DeliveryIds,
    message: SipMessage,
    from: { readonly arrival?: Arrival | undefined; readonly isOutsideDialog?: boolean } = {},
  ): void {
    if (client === undefined) return;
    // drachtio-srf silently drops what its regular expressions do not match, and the call hangs.
    const sip = buildSipMessage(plainForm(message));
    const { arrival } = from;
    const passage =
      arrival === undefined
        ? this.#passage('network', 0, { protocol: 'unknown', address: '', port: 0 })
        : this.#passage('network', sip.length, {
            protocol: arrival.path.transport,
            address: arrival.path.address,
            port: arrival.path.port,
          });
    const receivedOn =
      arrival === undefined || from.isOutsideDialog !== true
        ? {}
        : { receivedOn: { address: arrival.localAddress, port: arrival.localPort } };
    client.send({ type: 'sip', id: this.newId(), passage, ...ids, ...receivedOn, sip });
  }

  /** A request within a dialog that the server made by itself. */
  unsolicited(
    client: ClientLink | undefined,
    dialogId: string,
    sent: { readonly request: SipRequest; readonly path: TransportPath | undefined },
  ): void {
    if (client === undefined) return;
    const sip = buildSipMessage(sent.request);
    const passage = this.#sentPassage(sent.path, sip);
    const ids = { transactionId: UNSOLICITED, dialogId };
    client.send({ type: 'sip', id: this.newId(), passage, ...ids, sip });
  }

  #sentPassage(path: TransportPath | undefined, sip: Uint8Array): Passage {
    if (path === undefined) {
      return this.#passage('application', 0, { protocol: 'unknown', address: '', port: 0 });
    }
    // A datagram is shown with our address, a stream with the peer's: so does drachtio-server.
    const local = this.#options.localOf(path);
    const { address, port } =
      path.transport === 'udp' ? { address: local.host, port: local.port } : path;
    return this.#passage('application', sip.length, { protocol: path.transport, address, port });
  }

  #passage(
    source: Passage['source'],
    sizeBytes: number,
    where: Pick<Passage, 'protocol' | 'address' | 'port'>,
  ): Passage {
    return { source, sizeBytes, ...where, time: formatPassageTime(this.#options.clock.wallMs()) };
  }
}
