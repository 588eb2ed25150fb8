import type { Clock, RandomSource, Timers } from '#foundation';
import { openSocket } from './open-socket.ts';
import { parsePortRange } from './port-range.ts';
import { RtpPorts } from './rtp-ports.ts';
import type { PeerLearning } from './remote-pin.ts';

/** No pair of ports is free in the range. */
export class NoRtpPortsError extends Error {
  override readonly name = 'NoRtpPortsError';
}

/** Where RTP ports come from. */
export interface RtpPortPoolOptions {
  /** Local address to bind to. */
  readonly host: string;
  /** `20000-29999`; pairs begin at even ports. At least four times as many as calls are wise. */
  readonly range: string;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly timers: Timers;
  /**
   * How far the true address of a peer may differ from the one in its SDP: `port` for another port only,
   * `source` for another host too (peers behind address translation, at the risk of being taken over by
   * whoever sends first). Default: `port`.
   */
  readonly learning?: PeerLearning;
  /** How long ports stay bound after use, so that no call hears the end of another. Default: 5000. */
  readonly quarantineMs?: number;
}

const DEFAULT_QUARANTINE_MS = 5000;
/** Pairs tried before the range counts as full. */
const MAX_ATTEMPTS = 100;

/** Gives pairs of UDP ports, RTP on the even one and RTCP on the odd one above it (RFC 3550 section 11). */
export class RtpPortPool {
  readonly #options: RtpPortPoolOptions;
  readonly #first: number;
  readonly #pairCount: number;
  readonly #pairs = new Set<RtpPorts>();

  constructor(options: RtpPortPoolOptions) {
    this.#options = options;
    const { first, pairCount } = parsePortRange(options.range);
    this.#first = first;
    this.#pairCount = pairCount;
  }

  /** Pairs that are bound now, those in quarantine included. */
  get boundCount(): number {
    return this.#pairs.size;
  }

  /**
   * Binds a pair, so that it can be offered: nobody else can have it from now on.
   *
   * @throws NoRtpPortsError if no free pair was found.
   */
  async bindPair(): Promise<RtpPorts> {
    const start = this.#options.random.below(this.#pairCount);
    const attempts = Math.min(MAX_ATTEMPTS, this.#pairCount);
    for (let attempt = 0; attempt < attempts; attempt++) {
      // The first tries are random; the rest walks on from there, so that a small range is searched whole.
      const index =
        attempt < attempts / 2 && this.#pairCount > MAX_ATTEMPTS
          ? this.#options.random.below(this.#pairCount)
          : (start + attempt) % this.#pairCount;
      const ports = await this.#tryBind(this.#first + index * 2);
      if (ports !== undefined) return ports;
    }
    throw new NoRtpPortsError(
      `no free pair of ports in ${this.#options.range} after ${attempts} tries`,
    );
  }

  /** Frees all ports at once, without quarantine. */
  async close(): Promise<void> {
    await Promise.all([...this.#pairs].map((ports) => ports.release()));
  }

  async #tryBind(port: number): Promise<RtpPorts | undefined> {
    const {
      host,
      clock,
      timers,
      learning = 'port',
      quarantineMs = DEFAULT_QUARANTINE_MS,
    } = this.#options;
    const rtp = await openSocket(host, port);
    if (rtp === undefined) return undefined;
    const rtcp = await openSocket(host, port + 1);
    if (rtcp === undefined) {
      rtp.close();
      return undefined;
    }
    const ports: RtpPorts = new RtpPorts({
      rtp,
      rtcp,
      clock,
      timers,
      learning,
      quarantineMs,
      onReleased: () => void this.#pairs.delete(ports),
    });
    this.#pairs.add(ports);
    return ports;
  }
}
