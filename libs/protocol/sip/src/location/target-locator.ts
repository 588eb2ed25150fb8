import type { Clock, RandomSource } from '#foundation';
import { SipParseError } from '../message/sip-parse-error.ts';
import { parseUri } from '../message/uri.ts';
import type { TransportName, TransportPath } from '../transaction/transport-path.ts';
import { locateTargets } from './locate-targets.ts';
import type { NameService } from './name-service.ts';
import type { FoundRoute, Located, RouteFinder } from './route-finder.ts';
import { TargetMemory } from './target-memory.ts';
import { addressFamily, pathTo, targetOf } from './uri-target.ts';
import type { UriTarget } from './uri-target.ts';

/** What the locator asks the sockets. */
export interface LocalReach {
  /** Whether there is a socket that sends by that transport to addresses of that IP version. */
  reaches(transport: TransportName, family: 4 | 6): boolean;
  /** Whether a path leads back to one of our own sockets. */
  isOurselves(path: TransportPath): boolean;
}

/** What the target locator works with. */
export interface TargetLocatorOptions {
  readonly names: NameService;
  readonly reach: LocalReach;
  readonly random: RandomSource;
  readonly clock: Clock;
  /** Longest request that goes by UDP where the URI does not ask for it, in bytes. Default: any. */
  readonly udpLimitBytes?: number | undefined;
}

/**
 * Finds the paths to the host of a URI: transport, address, port, in the order they are to be tried. `maddr` overrules
 * the host, as RFC 3263 section 4 wants it.
 */
export class TargetLocator implements RouteFinder {
  readonly #options: TargetLocatorOptions;
  readonly #memory: TargetMemory;

  constructor(options: TargetLocatorOptions) {
    this.#options = options;
    this.#memory = new TargetMemory(options.clock);
  }

  find(uri: string): FoundRoute {
    const target = readTarget(uri);
    if (target === undefined) return { kind: 'unusable', problem: 'invalidUri' };
    const { host, port, isSecure } = target;
    const family = addressFamily(host);
    const transport = this.#usualTransport(target, family === undefined ? [4, 6] : [family]);
    if (transport === undefined) {
      const isOddScheme =
        isSecure && (target.transport === 'unknown' || !this.#reaches('tls', [4, 6]));
      const problem = isOddScheme ? 'unsupportedScheme' : 'transportNotAvailable';
      return { kind: 'unusable', problem };
    }
    if (family === undefined) return { kind: 'name', transport };
    const path = pathTo(target, { transport, address: host, port });
    if (this.#options.reach.isOurselves(path)) return { kind: 'unusable', problem: 'ourselves' };
    return { kind: 'path', path };
  }

  /** The transport the URI asks for, else UDP, or TLS for `sips:`; undefined when we do not have it. */
  #usualTransport(
    { transport, isSecure, host }: UriTarget,
    families: readonly (4 | 6)[],
  ): TransportName | undefined {
    if (transport === 'unknown') return undefined;
    const usual = transport ?? (isSecure ? 'tls' : 'udp');
    if (this.#reaches(usual, families)) return usual;
    // What a name stands for may be offered by other transports as well.
    if (transport !== undefined || isSecure || addressFamily(host) !== undefined) return undefined;
    return (['tcp', 'tls'] as const).find((other) => this.#reaches(other, families));
  }

  #reaches(transport: TransportName, families: readonly (4 | 6)[]): boolean {
    return families.some((family) => this.#options.reach.reaches(transport, family));
  }

  resolve(uri: string, callId: string, resolved: (located: Located) => void): void {
    const target = readTarget(uri);
    if (target === undefined) {
      resolved({ paths: [], problem: 'unknownName' });
      return;
    }
    const { names, random, reach } = this.#options;
    const reaches = reach.reaches.bind(reach);
    void locateTargets(target, { names, random, reaches }).then(({ paths, problem }) => {
      // Nothing is reached any more when the sockets were closed meanwhile.
      const usable = paths.filter(
        (path) =>
          reaches(path.transport, addressFamily(path.address) ?? 4) && !reach.isOurselves(path),
      );
      const ordered = this.#memory.inOrder(usable, callId);
      resolved({
        paths: ordered,
        ...(ordered.length === 0 ? { problem: problem ?? 'unknownName' } : {}),
      });
    });
  }

  forSize(
    uri: string,
    paths: readonly TransportPath[],
    sizeBytes: number,
  ): readonly TransportPath[] {
    const { udpLimitBytes = Infinity } = this.#options;
    if (sizeBytes <= udpLimitBytes || readTarget(uri)?.transport !== undefined) return paths;
    return paths.flatMap((path) => {
      const byTcp: TransportPath = { ...path, transport: 'tcp' };
      const isTcpBetter =
        path.transport === 'udp' &&
        this.#reaches('tcp', [addressFamily(path.address) ?? 4]) &&
        !this.#memory.isResting(byTcp);
      return isTcpBetter ? [byTcp, path] : [path];
    });
  }

  answered(path: TransportPath, callId: string): void {
    this.#memory.answered(path, callId);
  }

  failed(path: TransportPath, restSeconds?: number): void {
    this.#memory.failed(path, restSeconds);
  }
}

function readTarget(uri: string): UriTarget | undefined {
  try {
    return targetOf(parseUri(uri));
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return undefined;
  }
}
