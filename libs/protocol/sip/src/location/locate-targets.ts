import type { RandomSource } from '#foundation';
import type { TransportName, TransportPath } from '../transaction/transport-path.ts';
import type { NameAnswer, NameService } from './name-service.ts';
import { isHostName, offeredServices } from './naptr-services.ts';
import type { ServiceName } from './naptr-services.ts';
import type { Located } from './route-finder.ts';
import { inSrvOrder } from './srv-order.ts';
import { addressFamily, DEFAULT_PORTS, pathTo } from './uri-target.ts';
import type { UriTarget } from './uri-target.ts';

/** Names whose SRV records are asked for. */
const MAX_SERVICES = 8;
/** Hosts whose addresses are asked for. */
const MAX_HOSTS = 16;
/** Addresses of one host that are tried. */
const MAX_ADDRESSES = 8;
/** Targets that are tried in all. */
const MAX_TARGETS = 16;

/** Without a word from the URI or from NAPTR, in this order; RFC 3263 leaves it to the client. */
const TRANSPORTS: readonly TransportName[] = ['udp', 'tcp', 'tls'];
const SRV_PREFIX: Readonly<Record<TransportName, string>> = {
  udp: '_sip._udp',
  tcp: '_sip._tcp',
  tls: '_sips._tcp',
};

/** What the search for targets works with. */
export interface TargetSearchOptions {
  readonly names: NameService;
  readonly random: RandomSource;
  /** Whether there is a socket that sends by that transport to addresses of that IP version. */
  readonly reaches: (transport: TransportName, family: 4 | 6) => boolean;
}

/** A host and port that offer SIP by a transport. */
interface ServiceHost {
  readonly transport: TransportName;
  readonly name: string;
  readonly port: number;
}

/**
 * Finds the addresses behind a host name, in the order they are to be tried (RFC 3263 sections 4.1 and 4.2):
 *
 * ```text
 *  port given ────────────────────────────▶ A and AAAA of the host
 *  transport given ──▶ SRV of that one ──┐
 *  neither ──▶ NAPTR ──▶ SRV of each ────┼─▶ A and AAAA of their targets
 *                 └none─▶ SRV of all ────┘        └no SRV at all─▶ A and AAAA of the host, default port
 * ```
 *
 * The whole is a list for failover (section 4.3): a less preferred transport comes behind all hosts of the preferred.
 * Every count is bounded, because the zone may belong to anybody.
 */
export async function locateTargets(
  target: UriTarget,
  options: TargetSearchOptions,
): Promise<Located> {
  return await new TargetSearch(target, options).run();
}

class TargetSearch {
  readonly #target: UriTarget;
  readonly #options: TargetSearchOptions;
  #hasFailed = false;

  constructor(target: UriTarget, options: TargetSearchOptions) {
    this.#target = target;
    this.#options = options;
  }

  async run(): Promise<Located> {
    const hosts = (await this.#hosts()).slice(0, MAX_HOSTS);
    const found = await Promise.all(hosts.map((host) => this.#pathsTo(host)));
    const byKey = new Map(found.flat().map((path) => [JSON.stringify(path), path]));
    const paths = [...byKey.values()].slice(0, MAX_TARGETS);
    if (paths.length > 0) return { paths };
    return { paths, problem: this.#hasFailed ? 'nameServersFailed' : 'unknownName' };
  }

  /** The transports that the URI allows and we have, the preferred first. */
  get #transports(): readonly TransportName[] {
    const { transport, isSecure } = this.#target;
    const allowed =
      transport === undefined ? (isSecure ? ['tls' as const] : TRANSPORTS) : [transport];
    return TRANSPORTS.filter((name) => allowed.includes(name) && this.#families(name).length > 0);
  }

  /** IPv4 first: the media address we offer is usually one. */
  #families(transport: TransportName): readonly (4 | 6)[] {
    return ([4, 6] as const).filter((family) => this.#options.reaches(transport, family));
  }

  async #hosts(): Promise<readonly ServiceHost[]> {
    const { host, port, transport } = this.#target;
    const [first] = this.#transports;
    if (first === undefined) return [];
    if (port !== undefined) return [{ transport: first, name: host, port }];
    const offered = transport === undefined ? await this.#offeredServices() : [];
    const services = offered.length > 0 ? offered : this.#usualServices();
    const byService = await Promise.all(services.map((service) => this.#serversOf(service)));
    if (byService.some((servers) => servers !== undefined)) {
      return byService.flatMap((servers) => servers ?? []);
    }
    const fallback = services[0]?.transport ?? first;
    return [{ transport: fallback, name: host, port: DEFAULT_PORTS[fallback] }];
  }

  async #offeredServices(): Promise<readonly ServiceName[]> {
    const records = this.#note(await this.#options.names.naptr(this.#target.host));
    const services = offeredServices(records, (transport) => this.#transports.includes(transport));
    return services.slice(0, MAX_SERVICES);
  }

  #usualServices(): readonly ServiceName[] {
    return this.#transports.map((transport) => ({
      transport,
      name: `${SRV_PREFIX[transport]}.${this.#target.host}`,
    }));
  }

  /** Undefined when nothing is said about the service; empty when it is decidedly not there (target `.`). */
  async #serversOf({ transport, name }: ServiceName): Promise<readonly ServiceHost[] | undefined> {
    const records = this.#note(await this.#options.names.srv(name));
    if (records.length === 0) return undefined;
    const usable = records.filter(({ target, port }) => isHostName(target) && port > 0);
    return inSrvOrder(usable, this.#options.random).map(({ target, port }) => ({
      transport,
      name: target,
      port,
    }));
  }

  async #pathsTo({ transport, name, port }: ServiceHost): Promise<readonly TransportPath[]> {
    const families = this.#families(transport);
    const { names } = this.#options;
    const answers = await Promise.all(families.map((family) => names.addresses(name, family)));
    let addresses = interleaved(answers.map((answer) => this.#note(answer)));
    if (addresses.length === 0) addresses = this.#note(await names.fromSystem(name));
    return addresses
      .filter((address) => families.some((family) => family === addressFamily(address)))
      .slice(0, MAX_ADDRESSES)
      .map((address) => pathTo(this.#target, { transport, address, port }));
  }

  #note<T>({ records, hasFailed }: NameAnswer<T>): readonly T[] {
    this.#hasFailed ||= hasFailed;
    return records;
  }
}

/** One of each list in turn, so that a family that does not work costs one failure and not many (RFC 8305 section 4). */
function interleaved(lists: readonly (readonly string[])[]): readonly string[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    lists.flatMap((list) => list.slice(at, at + 1)),
  ).flat();
}
