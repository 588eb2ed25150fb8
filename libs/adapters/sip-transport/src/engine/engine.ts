import type { Clock, Logger, RandomSource, Timer, Timers } from '#foundation';
import type { ClientMessage } from '#protocol/drachtio';
import { RequestSender, SipParseError, TransactionLayer } from '#protocol/sip';
import type {
  Arrival,
  RouteFinder,
  SipMessage,
  SipParseReason,
  SipRequest,
  SipTimerConfig,
} from '#protocol/sip';
import type { TransportManager } from '../transport/transport-manager.ts';
import { BugGuard } from './bug-guard.ts';
import type { ClientLink } from './client-link.ts';
import { ClientRequests } from './client-requests.ts';
import { ClientRoster } from './client-roster.ts';
import type { EngineContext } from './context.ts';
import type { SharedContext } from './shared-context.ts';
import { Deliveries } from './deliveries.ts';
import { IncomingRequests } from './incoming-requests.ts';
import { KeepAlives } from './keep-alives.ts';
import { LegEndings } from './leg-endings.ts';
import { LegTable } from './leg-table.ts';
import { OutgoingInvites } from './outgoing-invites.ts';
import { OutgoingRequests } from './outgoing-requests.ts';
import { OutgoingTable } from './outgoing-table.ts';
import { CommandRefused, invalidRequest, REFUSAL } from './refusals.ts';
import type { EngineDrops, EngineStats } from './engine-stats.ts';
import { fitContact } from './own-contact.ts';
import { Reception } from './reception.ts';
import type { StrangerOptions } from './reception.ts';
import { Reports } from './reports.ts';
import { SessionTimers } from './session-timers.ts';

/** Per direction. An answered INVITE stays for 32 s, a BYE for 5: enough for 2000 calls per second and what goes wrong. */
const MAX_TRANSACTIONS = 100_000;
const OWNER_GONE = 'client disconnected';
const SHUTDOWN = 'server stopping';
const SESSION_EXPIRED = 'Session timer expired';

/** What the engine needs of the transports. */
type Transports = Pick<
  TransportManager,
  'send' | 'release' | 'hostPort' | 'sentBy' | 'isHostPort' | 'localOf'
>;

/** What the engine works with. */
export interface EngineOptions {
  readonly transports: Transports;
  readonly routes: RouteFinder;
  readonly config: SipTimerConfig;
  /** How long a target may be silent when there is another one, in milliseconds. Default: 6000. */
  readonly nextTargetAfterMs?: number | undefined;
  /** How long the legs of a lost client wait for another one, in milliseconds. */
  readonly clientGraceMs: number;
  /** How long the peer of a UDP leg may be silent before it gets OPTIONS, in milliseconds; 0 for ever. */
  readonly optionsIntervalMs: number;
  readonly strangers?: StrangerOptions | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
}

/** Joins clients and the network: commands become requests, what happens becomes deliveries. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #guard: BugGuard;
  readonly #layer: TransactionLayer;
  readonly #context: EngineContext;
  readonly #clients = new ClientRoster();
  readonly #lost = new Map<ClientLink, Timer>();
  readonly #endings: LegEndings;
  readonly #deliveries: Deliveries;
  readonly #requests: ClientRequests;
  readonly #reception: Reception;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { transports, routes, config, random } = options;
    const guard = new BugGuard(options.logger);
    this.#guard = guard;
    const timers = guard.timers(options.timers);
    const layer: TransactionLayer = new TransactionLayer({
      outlet: guard.outlet(transports),
      timers,
      config,
      maxTransactions: MAX_TRANSACTIONS,
      user: {
        admit: (request, arrival) => incoming.admit(request, arrival),
        request: (transaction, cancelled) => incoming.request(transaction, cancelled),
        ack: (ack, arrival) => incoming.ack(ack, arrival),
      },
    });
    this.#layer = layer;
    const legs = new LegTable();
    const reception = new Reception({
      ...options,
      timers,
      legs,
      clients: this.#clients,
      isAsking: (address) => layer.isAsking(address),
    });
    this.#reception = reception;
    const shared: SharedContext = {
      sender: new RequestSender({
        layer,
        routes: guard.routes(routes),
        timers,
        config,
        nextTargetAfterMs: options.nextTargetAfterMs,
        random,
        sentBy: (path) => transports.sentBy(path),
        fit: (request, path) => fitContact(request, shared.ownAddress(path), transports),
      }),
      timers,
      config,
      random,
      logger: options.logger,
      reports: new Reports({ ...options, localOf: (path) => transports.localOf(path) }),
      legs,
      outgoing: new OutgoingTable(),
      ownAddress: (way) => ({ hostPort: transports.hostPort(way), transport: way.transport }),
      isFull: () => layer.isFull,
    };
    const sessions = new SessionTimers(shared, (leg) =>
      endings.hangUp(leg, { reason: SESSION_EXPIRED, isTold: true }),
    );
    const keepAlives = new KeepAlives(shared, options.optionsIntervalMs, (leg, cause) =>
      endings.hangUp(leg, cause),
    );
    const context: EngineContext = { ...shared, sessions, keepAlives };
    const endings = new LegEndings(context);
    const deliveries = new Deliveries(context, endings);
    const incoming = new IncomingRequests({
      context,
      endings,
      deliveries,
      clients: this.#clients,
      reception,
    });
    const invites = new OutgoingInvites(context, endings, (leg) => incoming.release(leg));
    const requests = new OutgoingRequests(context, endings);
    this.#context = context;
    this.#endings = endings;
    this.#deliveries = deliveries;
    this.#requests = new ClientRequests({ context, invites, requests });
  }

  /** Takes a message from the network. */
  receive(message: SipMessage, arrival: Arrival): void {
    this.#guard.run(() => this.#layer.receive(message, arrival));
  }

  /** Whether a call with a peer at that address is up. */
  hasCallWith(address: string): boolean {
    return this.#context.legs.hasPeerAt(address);
  }

  /** Takes what is left of a request that was not acceptable SIP. */
  receiveMalformed(request: SipRequest, reason: SipParseReason, arrival: Arrival): void {
    this.#guard.run(() => {
      const response = this.#reception.refuseMalformed(request, reason, arrival);
      if (response !== undefined) this.#layer.sendDirect(response, arrival.path);
    });
  }

  /** A client has authenticated. */
  addClient(client: ClientLink): void {
    this.#clients.add(client);
  }

  /** A client's connection is gone; what it owned waits for another client for a while. */
  removeClient(client: ClientLink): void {
    this.#clients.remove(client);
    const owned = this.#context.legs.ownedBy(client).length + this.#deliveries.owedBy(client);
    if (owned === 0) return;
    const { clientGraceMs } = this.#options;
    const { timers } = this.#context;
    const timer = timers.after(clientGraceMs, () => this.#endWhatIsLeftOf(client));
    this.#lost.set(client, timer);
  }

  #endWhatIsLeftOf(client: ClientLink): void {
    this.#lost.delete(client);
    this.#deliveries.giveUp(client);
    const legs = this.#context.legs.ownedBy(client);
    for (const leg of legs) this.#endings.hangUp(leg, { reason: OWNER_GONE, isTold: false });
    if (legs.length > 0) {
      this.#context.logger.warn('signaling.orphans_ended', { legCount: legs.length });
    }
  }

  /** Carries out a command of an authenticated client. */
  execute(client: ClientLink, message: ClientMessage): void {
    this.#guard.run(() => {
      try {
        this.#dispatch(client, message);
      } catch (error) {
        this.#context.reports.refused(client, message.id, refusalOf(error));
      }
    });
  }

  #dispatch(client: ClientLink, message: ClientMessage): void {
    const { reports } = this.#context;
    switch (message.type) {
      case 'newRequest':
        this.#requests.sendNew(client, message);
        break;
      case 'dialogRequest':
        this.#requests.sendWithin(client, message);
        break;
      case 'cancel':
        this.#requests.cancel(client, message);
        break;
      case 'respond':
        this.#deliveries.respond(client, message);
        break;
      case 'ping':
        reports.pong(client, message.id);
        break;
      case 'route':
      case 'removeRoute':
      case 'authenticate':
        reports.ok(client, message.id);
        break;
      case 'proxy':
        reports.refused(client, message.id, REFUSAL.proxying);
        break;
      case 'unknown':
        reports.refused(client, message.id, REFUSAL.unknownCommand);
        break;
    }
  }

  get stats(): EngineStats {
    const { legs, outgoing } = this.#context;
    return {
      clients: this.#clients.size,
      lostClients: this.#lost.size,
      dialogs: legs.size,
      outgoingRequests: outgoing.size,
      incomingRequests: this.#deliveries.count,
      heldRequests: legs.heldCount,
      farewells: this.#endings.farewellCount,
      transactions: this.#layer.clientCount + this.#layer.serverCount,
      givenUpInvites: this.#layer.givenUpCount,
      strangers: this.#reception.sourceCount,
    };
  }

  /** Messages that belonged to nothing, or could not be taken. */
  get dropped(): EngineDrops {
    return { ...this.#layer.dropped, ...this.#reception.counts };
  }

  /** Ends every leg with CANCEL or BYE. */
  endAll(): void {
    for (const timer of this.#lost.values()) timer.cancel();
    this.#lost.clear();
    for (const leg of this.#context.legs.all()) {
      this.#endings.hangUp(leg, { reason: SHUTDOWN, isTold: true });
    }
  }

  /** Whether a peer still has to hear from us or we from it. */
  get isQuiet(): boolean {
    const { legs } = this.#context;
    return legs.size === 0 && this.#endings.farewellCount === 0;
  }

  /** Drops all that is left. */
  abandonAll(): void {
    this.#reception.clear();
    for (const leg of this.#context.legs.all()) leg.invite?.abandon();
    this.#layer.abandonAll();
    for (const leg of this.#context.legs.all()) this.#endings.remove(leg);
  }
}

/** What the client is told; an error that is not about its command is our bug and goes on. */
function refusalOf(error: unknown): string {
  if (error instanceof CommandRefused) return error.message;
  if (error instanceof SipParseError) return invalidRequest(error.message);
  throw error;
}
