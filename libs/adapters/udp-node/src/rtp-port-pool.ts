import type { Clock, RandomSource, Timers } from '#foundation';
import { openSocket } from './open-socket.ts';
import { parsePortRange } from './port-range.ts';
import { RtpPorts } from './rtp-ports.ts';
import type { Quarantine } from './rtp-ports.ts';
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
  /**
   * How long ports stay bound after use, so that no call hears the end of another. Default: until the last peer has been
   * silent for 30 s, 10 minutes at most.
   */
  readonly quarantine?: Quarantine;
}

const DEFAULT_QUARANTINE: Quarantine = { idleMs: 30_000, longestMs: 600_000 };
/** Random picks before the range is walked through. */
const RANDOM_PICKS = 50;
/** Pairs that others may be found to have before we give up: each costs two system calls. */
const MAX_ATTEMPTS = 100;

/** Gives pairs of UDP ports, RTP on the even one and RTCP on the odd one above it (RFC 3550 section 11). */
export class RtpPortPool {
  readonly #options: RtpPortPoolOptions;
  readonly #first: number;
  readonly #pairCount: number;
  /** By their even port. */
  readonly #pairs = new Map<number, RtpPorts>();

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
    let attempts = 0;
    for (const port of this.#freePorts()) {
      const ports = await this.#tryBind(port);
      if (ports !== undefined) return ports;
      attempts += 1;
      if (attempts === MAX_ATTEMPTS) break;
    }
    throw new NoRtpPortsError(this.#whyNone());
  }

  /** Even ports that are not ours: some at random, then all from a random one on, so that every free one is found. */
  *#freePorts(): Generator<number> {
    const { random } = this.#options;
    const start = random.below(this.#pairCount);
    // In a small range the walk alone is random enough, and wastes no try on what others have.
    const picks = this.#pairCount > MAX_ATTEMPTS ? RANDOM_PICKS : 0;
    for (let turn = 0; turn < picks + this.#pairCount; turn++) {
      const index = turn < picks ? random.below(this.#pairCount) : (start + turn) % this.#pairCount;
      const port = this.#first + index * 2;
      if (!this.#pairs.has(port)) yield port;
    }
  }

  #whyNone(): string {
    const resting = [...this.#pairs.values()].filter(({ isResting }) => isResting).length;
    const inUse = this.#pairs.size - resting;
    const ours = `${inUse} in use, ${resting} resting after use, no free one found among the others`;
    return `${this.#options.range} has ${this.#pairCount} pairs of ports: ${ours}; a wider range is needed`;
  }

  /** Frees all ports at once, without quarantine. */
  async close(): Promise<void> {
    await Promise.all([...this.#pairs.values()].map((ports) => ports.release()));
  }

  async #tryBind(port: number): Promise<RtpPorts | undefined> {
    const {
      host,
      clock,
      timers,
      learning = 'port',
      quarantine = DEFAULT_QUARANTINE,
    } = this.#options;
    const rtp = await openSocket(host, port);
    if (rtp === undefined) return undefined;
    const rtcp = await openSocket(host, port + 1);
    if (rtcp === undefined) {
      rtp.close();
      return undefined;
    }
    const ports = new RtpPorts({
      rtp,
      rtcp,
      clock,
      timers,
      learning,
      quarantine,
      onReleased: () => void this.#pairs.delete(port),
    });
    this.#pairs.set(port, ports);
    return ports;
  }
}
