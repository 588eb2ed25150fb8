import { SocketAddress, isIPv6 } from 'node:net';
import { microsFromMs } from '#foundation';
import type { Micros } from '#foundation';

/** How far the true address of a peer may differ from the one in its SDP. */
export type PeerLearning = 'port' | 'source';

/** An address of a peer. */
export interface PeerAddress {
  readonly address: string;
  readonly port: number;
}

/** How another address than the agreed one comes to be believed. */
export interface PinTerms {
  readonly learning: PeerLearning;
  /** Genuine packets in a row from one address that make it the peer's. */
  readonly convincingPackets: number;
  /** From the first genuine packet on; then only the agreed address is left. */
  readonly windowMs: number;
}

/** What is known of where a packet came from, before it has been looked at. */
export type Standing = 'agreed' | 'candidate' | 'stranger';

/** Where the peer was before has to go on for so long: packets of the old session are on their way for a while. */
const OLD_ADDRESS_MS = 1_000;

/**
 * Decides whose packets are heard on a port. Knows nothing of packets: whoever does says which are genuine.
 *
 * The agreed address is heard at once and always. Another port of the agreed host, and with `source` another host, is
 * believed after some genuine packets in a row from there within a short time, if the agreed address has not been heard
 * until then. Once someone is believed nobody else is, but for the agreed address, until a new one is agreed.
 *
 * @see RFC 4961 (symmetric RTP); EnableSecurity ES2025-01 (why learning must end)
 */
export class RemotePin {
  readonly #terms: PinTerms;
  #agreed: PeerAddress | undefined;
  #pinned: PeerAddress | undefined;
  #candidate: { readonly from: PeerAddress; readonly since: Micros; count: number } | undefined;
  /** When the first genuine packet of a candidate came. */
  #learningSince: Micros | undefined;
  /** Who was heard under the agreement before this one. */
  #old: PeerAddress | undefined;

  constructor(terms: PinTerms) {
    this.#terms = terms;
  }

  /** Where to send: the pinned address, else the agreed one. */
  get target(): PeerAddress | undefined {
    return this.#pinned ?? this.#agreed;
  }

  /** The peer's address as its SDP has it; a new one begins a new decision. */
  agree(written: PeerAddress): void {
    const agreed = asSocketsSpell(written);
    if (this.#agreed !== undefined && isSame(this.#agreed, agreed)) return;
    this.#old = this.#pinned ?? this.#agreed;
    this.#agreed = agreed;
    this.#pinned = undefined;
    this.#candidate = undefined;
    this.#learningSince = undefined;
  }

  /** The peer is gone: nobody is heard until an address is agreed, and nothing that was learned counts then. */
  forget(): void {
    this.#agreed = undefined;
    this.#pinned = undefined;
    this.#candidate = undefined;
    this.#learningSince = undefined;
    this.#old = undefined;
  }

  /** Whether a packet from there is the peer's without another look. */
  isPinned(source: PeerAddress): boolean {
    return this.#pinned !== undefined && isSame(this.#pinned, source);
  }

  /** What is to be done with a packet from somewhere else: hear it, have it looked at, or drop it. */
  standing(source: PeerAddress, now: Micros): Standing {
    if (this.#agreed === undefined) return 'stranger';
    if (isSame(this.#agreed, source)) return 'agreed';
    if (this.#pinned !== undefined) return 'stranger';
    if (this.#isOld(source)) return 'candidate';
    const { learning, windowMs } = this.#terms;
    const isOver =
      this.#learningSince !== undefined && now - this.#learningSince >= microsFromMs(windowMs);
    const isNear = learning === 'source' || source.address === this.#agreed.address;
    return isNear && !isOver ? 'candidate' : 'stranger';
  }

  /**
   * Takes note of a genuine packet of the agreed address or of a candidate.
   *
   * @returns Whether it is the peer's.
   */
  believe(source: PeerAddress, now: Micros): boolean {
    const isAgreed = this.#agreed !== undefined && isSame(this.#agreed, source);
    if (!isAgreed && !this.#isConvincing(source, now)) return false;
    this.#pinned = { address: source.address, port: source.port };
    this.#candidate = undefined;
    return true;
  }

  #isConvincing(source: PeerAddress, now: Micros): boolean {
    const isOld = this.#isOld(source);
    if (!isOld) this.#learningSince ??= now;
    if (this.#candidate === undefined || !isSame(this.#candidate.from, source)) {
      const from = { address: source.address, port: source.port };
      this.#candidate = { from, since: now, count: 0 };
    }
    this.#candidate.count += 1;
    const isLasting = !isOld || now - this.#candidate.since >= microsFromMs(OLD_ADDRESS_MS);
    return isLasting && this.#candidate.count >= this.#terms.convincingPackets;
  }

  #isOld(source: PeerAddress): boolean {
    return this.#old !== undefined && isSame(this.#old, source);
  }
}

/** SDP may have an IPv6 address in capitals or with all its zeros; sockets tell of sources in one spelling (RFC 5952). */
function asSocketsSpell({ address, port }: PeerAddress): PeerAddress {
  if (!isIPv6(address)) return { address, port };
  return { address: new SocketAddress({ address, family: 'ipv6' }).address, port };
}

function isSame(a: PeerAddress, b: PeerAddress): boolean {
  return a.port === b.port && a.address === b.address;
}
