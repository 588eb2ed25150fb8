import type { Clock, Logger, RandomSource, Secret, Service, Timers } from '#foundation';
import { DEFAULT_SIP_TIMERS } from '#protocol/sip';
import type { SipTimerConfig } from '#protocol/sip';
import { ControlServer } from './control/control-server.ts';
import { Engine } from './engine/engine.ts';
import type { EngineStats } from './engine/engine.ts';
import type { StrangerOptions } from './engine/reception.ts';
import { dnsHostResolver } from './transport/host-resolver.ts';
import type { HostResolver } from './transport/host-resolver.ts';
import { openSipSockets } from './transport/sip-sockets.ts';
import type { SipSockets } from './transport/sip-sockets.ts';
import { TargetLocator } from './transport/target-locator.ts';
import { TransportManager } from './transport/transport-manager.ts';
import { isWildcard } from './transport/wire.ts';
import type { LocalEndpoint } from './transport/wire.ts';

const DEFAULT_CLIENT_GRACE_MS = 10_000;
/** How long stopping waits for the answers to CANCELs and BYEs, in milliseconds. */
const FAREWELL_LIMIT_MS = 2000;
const FAREWELL_POLL_MS = 20;
/** drachtio-srf reads three numbers after the `v`; these are the server whose behaviour is followed. */
const VERSION = 'v0.9.10-callcast';

/** What the signalling server is made of. */
export interface SignallingServerOptions {
  /** Where drachtio-srf connects to; port 0 takes any free one. */
  readonly control: { readonly host: string; readonly port: number; readonly secret: Secret };
  readonly sip: {
    /** IPv4 address to bind, for UDP and TCP. */
    readonly host: string;
    /** The same number for UDP and TCP; 0 takes one that is free for both. */
    readonly port: number;
    /** Address put into Via, Contact and From. Default: `host`; needed when that is 0.0.0.0. */
    readonly advertisedAddress?: string | undefined;
  };
  /** How long the calls of a client that lost its connection wait for another one. Default: 10 000. */
  readonly clientGraceMs?: number | undefined;
  /** How requests outside any call are limited. */
  readonly strangers?: StrangerOptions | undefined;
  /** Default: the values of RFC 3261. */
  readonly timersConfig?: Partial<SipTimerConfig> | undefined;
  /** How names are looked up. Default: DNS, then the system. */
  readonly hosts?: HostResolver | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
}

/** How much the server holds. Apart from connections everything is 0 some time after the last call. */
export interface SignallingStats extends EngineStats {
  /** Control connections, whether they have said the secret or not. */
  readonly controlConnections: number;
  readonly tcpConnections: number;
}

/**
 * A SIP server under the command of drachtio-srf: speaks the drachtio control protocol on one side and SIP over UDP
 * and TCP on the other.
 */
export class SignallingServer implements Service {
  readonly #options: SignallingServerOptions;
  readonly #transports: TransportManager;
  readonly #engine: Engine;
  readonly #control: ControlServer;
  #sockets: SipSockets | undefined;
  #controlAddress: LocalEndpoint | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** @throws Error when no address to advertise is known. */
  constructor(options: SignallingServerOptions) {
    this.#options = options;
    this.#transports = new TransportManager({
      advertisedAddress: advertisedAddress(options.sip),
    });
    this.#engine = new Engine({
      ...options,
      transports: this.#transports,
      routes: new TargetLocator({
        hosts: options.hosts ?? dnsHostResolver(),
        reach: this.#transports,
      }),
      config: { ...DEFAULT_SIP_TIMERS, ...options.timersConfig },
      clientGraceMs: options.clientGraceMs ?? DEFAULT_CLIENT_GRACE_MS,
    });
    this.#control = new ControlServer({
      ...options,
      secret: options.control.secret,
      identity: () => ({ version: VERSION, hostports: this.#hostports() }),
      joined: (client) => this.#engine.addClient(client),
      left: (client) => this.#engine.removeClient(client),
      command: (client, message) => this.#engine.execute(client, message),
    });
  }

  /** Where drachtio-srf has to connect to. */
  get controlAddress(): LocalEndpoint {
    return started(this.#controlAddress);
  }

  /** Where SIP is spoken. */
  get sipAddress(): LocalEndpoint {
    return { host: this.#options.sip.host, port: started(this.#sockets).port };
  }

  #hostports(): readonly string[] {
    return [`udp/${this.#transports.hostPort}`, `tcp/${this.#transports.hostPort}`];
  }

  async start(): Promise<void> {
    await this.#stopping;
    this.#starting ??= this.#open();
    try {
      await this.#starting;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }

  async #open(): Promise<void> {
    const { sip, control, timers, logger } = this.#options;
    const sockets = await openSipSockets(sip, { receiver: this.#transports, timers });
    this.#sockets = sockets;
    const local = { host: sip.host, port: sockets.port };
    this.#engine.local = local;
    this.#transports.open(sockets, local, (message, arrival) =>
      this.#engine.receive(message, arrival),
    );
    try {
      this.#controlAddress = await this.#control.listen(control);
    } catch (error) {
      await this.#closeSockets();
      throw error;
    }
    logger.info('signaling.started', { sip: local, control: this.#controlAddress });
  }

  /** Hangs up and cancels what is left, waits a moment for the answers, and closes all sockets. */
  async stop(): Promise<void> {
    if (this.#starting === undefined) return;
    this.#stopping ??= this.#close().finally(() => {
      this.#starting = undefined;
      this.#stopping = undefined;
    });
    await this.#stopping;
  }

  async #close(): Promise<void> {
    // A start that failed has cleaned up after itself.
    await this.#starting?.catch(() => undefined);
    this.#control.stopAccepting();
    this.#engine.endAll();
    await this.#quiet();
    await this.#control.close();
    this.#engine.endAll();
    this.#engine.abandonAll();
    await this.#closeSockets();
  }

  async #quiet(): Promise<void> {
    const { timers } = this.#options;
    const untilMs = this.#options.clock.nowMicros() / 1000 + FAREWELL_LIMIT_MS;
    while (!this.#engine.isQuiet && this.#options.clock.nowMicros() / 1000 < untilMs) {
      await new Promise<void>((resolve) => {
        timers.after(FAREWELL_POLL_MS, resolve);
      });
    }
  }

  async #closeSockets(): Promise<void> {
    const sockets = this.#sockets;
    this.#transports.close();
    this.#sockets = undefined;
    this.#controlAddress = undefined;
    if (sockets === undefined) return;
    await Promise.all([sockets.udp.close(), sockets.tcp.close()]);
  }

  /** Messages from the network that were dropped since the start of the process, by reason. */
  dropped(): Readonly<Record<string, number>> {
    return { ...this.#engine.dropped, ...Object.fromEntries(this.#transports.rejectedCounts) };
  }

  /** How much the server holds now. */
  stats(): SignallingStats {
    return {
      ...this.#engine.stats,
      controlConnections: this.#control.sessionCount,
      tcpConnections: this.#sockets?.tcp.connectionCount ?? 0,
    };
  }
}

function advertisedAddress(sip: SignallingServerOptions['sip']): string {
  if (sip.advertisedAddress !== undefined) return sip.advertisedAddress;
  if (!isWildcard(sip.host)) return sip.host;
  throw new Error(
    `an advertised address is needed, because ${sip.host} is no address to be called at`,
  );
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the signalling server has not started');
  return value;
}
