import type { Clock, Logger, RandomSource, Secret, Service, Timers } from '#foundation';
import { DEFAULT_SIP_TIMERS, TargetLocator } from '#protocol/sip';
import type { NameService, SipTimerConfig } from '#protocol/sip';
import { ControlServer } from './control/control-server.ts';
import { Engine } from './engine/engine.ts';
import type { EngineStats } from './engine/engine-stats.ts';
import type { StrangerOptions } from './engine/reception.ts';
import { DnsNames } from './names/dns-names.ts';
import { closeSipNetworks, openSipNetworks } from './transport/sip-network.ts';
import type { SipNetwork } from './transport/sip-network.ts';
import { TransportManager } from './transport/transport-manager.ts';
import { tlsKind } from './tls/tls-kind.ts';
import type { TlsOptions } from './tls/tls-options.ts';
import type { StreamKind } from './transport/stream-kind.ts';
import { LocalAddresses } from './transport/local-addresses.ts';
import type { LocalEndpoint } from './transport/wire.ts';

const DEFAULT_CLIENT_GRACE_MS = 10_000;
const DEFAULT_OPTIONS_INTERVAL_MS = 30_000;
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
    /** Address to bind for UDP, TCP and TLS, or one of each IP version. */
    readonly host: string | readonly string[];
    /** The same number for UDP and TCP, and for both IP versions; 0 takes one that is free for all. */
    readonly port: number;
    /**
     * Address or name put into Via, Contact and From, or an address for each IP version. Default: `host`; needed when
     * that is a wildcard.
     */
    readonly advertisedAddress?: string | readonly string[] | undefined;
    /** Default: TLS to peers with certificates of public authorities, and no port to take it on. */
    readonly tls?: TlsOptions | undefined;
    /**
     * Longest request for UDP where the URI does not ask for UDP, in bytes; longer ones go by TCP, and by UDP when the peer
     * takes no TCP. 0 is no limit. Default: 1300.
     */
    readonly udpLimitBytes?: number | undefined;
  };
  /** How long the calls of a client that lost its connection wait for another one. Default: 10 000. */
  readonly clientGraceMs?: number | undefined;
  /**
   * How long the peer of a call over UDP may be silent before it is asked for a sign of life (OPTIONS), in
   * milliseconds; 0 turns that off. Default: 30 000.
   */
  readonly optionsIntervalMs?: number | undefined;
  /** How requests outside any call are limited. */
  readonly strangers?: StrangerOptions | undefined;
  /** Default: the values of RFC 3261. */
  readonly timersConfig?: Partial<SipTimerConfig> | undefined;
  /** Name servers, `address` or `address:port`, IPv6 in brackets with a port. Default: the system's. */
  readonly dnsServers?: readonly string[] | undefined;
  /** How names are looked up. Default: DNS, then the system. */
  readonly names?: NameService | undefined;
  /** How long a target may be silent when there is another one, in milliseconds. Default: 6000. */
  readonly nextTargetAfterMs?: number | undefined;
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
  readonly tlsConnections: number;
  /** Questions to name servers that are not answered. */
  readonly lookups: number;
}

/**
 * A SIP server under the command of drachtio-srf: speaks the drachtio control protocol on one side and SIP over UDP,
 * TCP and TLS on the other.
 */
export class SignallingServer implements Service {
  readonly #options: SignallingServerOptions;
  readonly #transports: TransportManager;
  readonly #engine: Engine;
  readonly #control: ControlServer;
  readonly #locals: LocalAddresses;
  readonly #tls: StreamKind;
  readonly #names: DnsNames;
  #networks: readonly SipNetwork[] | undefined;
  #controlAddress: LocalEndpoint | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** @throws Error when no address to advertise is known, or a certificate or key cannot be used. */
  constructor(options: SignallingServerOptions) {
    this.#options = options;
    this.#locals = new LocalAddresses(options.sip);
    this.#tls = tlsKind(options.sip.tls ?? { peers: [] });
    this.#names = new DnsNames({ ...options, servers: options.dnsServers });
    this.#transports = new TransportManager({
      advertised: (version) => this.#locals.advertised(version),
    });
    this.#engine = new Engine({
      ...options,
      transports: this.#transports,
      routes: new TargetLocator({
        ...options,
        names: options.names ?? this.#names,
        udpLimitBytes: udpLimitOf(options.sip),
        reach: this.#transports,
      }),
      config: { ...DEFAULT_SIP_TIMERS, ...options.timersConfig },
      clientGraceMs: options.clientGraceMs ?? DEFAULT_CLIENT_GRACE_MS,
      optionsIntervalMs: options.optionsIntervalMs ?? DEFAULT_OPTIONS_INTERVAL_MS,
    });
    this.#control = new ControlServer({
      ...options,
      secret: options.control.secret,
      identity: () => ({ version: VERSION, hostports: this.#transports.hostPorts }),
      joined: (client) => this.#engine.addClient(client),
      left: (client) => this.#engine.removeClient(client),
      command: (client, message) => this.#engine.execute(client, message),
    });
  }

  /** Where drachtio-srf has to connect to. */
  get controlAddress(): LocalEndpoint {
    return started(this.#controlAddress);
  }

  /** Where SIP is spoken over UDP and TCP; with two addresses the first. */
  get sipAddress(): LocalEndpoint {
    const { host, port } = started(this.#networks?.[0]);
    return { host, port };
  }

  /** Where TLS is taken; undefined when it is not. */
  get tlsPort(): number | undefined {
    return started(this.#networks?.[0]).tlsPort;
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
    const { sip, control, timers, random, logger } = this.#options;
    const { hosts } = this.#locals;
    const networks = await openSipNetworks({
      ...{ hosts, port: sip.port, tlsPort: sip.tls?.listen?.port ?? 0 },
      ...{ tls: this.#tls, receiver: this.#transports, timers, random },
      hasCallWith: (address) => this.#engine.hasCallWith(address),
    });
    this.#networks = networks;
    this.#transports.open(networks, this.#engine);
    try {
      this.#controlAddress = await this.#control.listen(control);
    } catch (error) {
      await this.#closeSockets();
      throw error;
    }
    logger.info('signaling.started', {
      sip: this.#transports.hostPorts,
      control: this.#controlAddress,
    });
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
    const networks = this.#networks ?? [];
    this.#transports.close();
    this.#names.cancel();
    this.#networks = undefined;
    this.#controlAddress = undefined;
    await closeSipNetworks(networks);
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
      tcpConnections: connectionCount(this.#networks, 'tcp'),
      tlsConnections: connectionCount(this.#networks, 'tls'),
      lookups: this.#names.waitingCount,
    };
  }
}

/** RFC 3261 section 18.1.1, for a path whose MTU is unknown. */
const DEFAULT_UDP_LIMIT_BYTES = 1300;

function udpLimitOf({
  udpLimitBytes = DEFAULT_UDP_LIMIT_BYTES,
}: SignallingServerOptions['sip']): number {
  return udpLimitBytes === 0 ? Infinity : udpLimitBytes;
}

const connectionCount = (networks: readonly SipNetwork[] = [], kind: 'tcp' | 'tls'): number =>
  networks.reduce((sum, network) => sum + network[kind].connectionCount, 0);

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the signalling server has not started');
  return value;
}
