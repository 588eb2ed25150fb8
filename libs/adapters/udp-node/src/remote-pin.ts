/** How far the true address of a peer may differ from the one in its SDP. */
export type PeerLearning = 'port' | 'source';

/** An address of a peer. */
export interface PeerAddress {
  readonly address: string;
  readonly port: number;
}

/** Packets from one address that make it the peer's when the agreed address stays silent. */
const CONVINCING_PACKETS = 5;
/** The same for where the peer was before: packets of the old session may come for a while, here 1 s of 20 ms each. */
const CONVINCING_PACKETS_OF_OLD = 50;

/**
 * Decides whose packets are heard on a port.
 *
 * The agreed address is believed at once and always. Another port of the agreed host, and with `source` another host,
 * is believed after five packets in a row from there, if the agreed address has not been heard until then; the address
 * that was heard before the agreement takes fifty. Once someone is believed nobody else is, but for the agreed address,
 * until a new one is agreed.
 *
 * @see RFC 4961 (symmetric RTP); EnableSecurity ES2025-01 (why learning must end)
 */
export class RemotePin {
  readonly #learning: PeerLearning;
  #agreed: PeerAddress | undefined;
  #pinned: PeerAddress | undefined;
  #candidate: PeerAddress | undefined;
  #candidateCount = 0;
  /** Who was heard under the agreement before this one. */
  #old: PeerAddress | undefined;

  constructor(learning: PeerLearning) {
    this.#learning = learning;
  }

  /** Where to send: the pinned address, else the agreed one. */
  get target(): PeerAddress | undefined {
    return this.#pinned ?? this.#agreed;
  }

  /** The peer's address as its SDP has it; a new one begins a new decision. */
  agree(agreed: PeerAddress): void {
    if (this.#agreed?.address === agreed.address && this.#agreed.port === agreed.port) return;
    this.#old = this.#pinned ?? this.#agreed;
    this.#agreed = agreed;
    this.#pinned = undefined;
    this.#candidate = undefined;
  }

  /** Whether a packet from there is the peer's. */
  accepts(source: PeerAddress): boolean {
    if (this.#pinned !== undefined && isSame(this.#pinned, source)) return true;
    if (this.#agreed === undefined) return false;
    const isBelieved =
      isSame(this.#agreed, source) ||
      (this.#pinned === undefined && this.#isConvincing(source, this.#agreed));
    if (isBelieved) {
      this.#pinned = { address: source.address, port: source.port };
      return true;
    }
    return false;
  }

  #isConvincing(source: PeerAddress, agreed: PeerAddress): boolean {
    if (this.#learning === 'port' && source.address !== agreed.address) return false;
    if (this.#candidate === undefined || !isSame(this.#candidate, source)) {
      this.#candidate = { address: source.address, port: source.port };
      this.#candidateCount = 0;
    }
    this.#candidateCount += 1;
    const isOld = this.#old !== undefined && isSame(this.#old, source);
    return this.#candidateCount >= (isOld ? CONVINCING_PACKETS_OF_OLD : CONVINCING_PACKETS);
  }
}

function isSame(a: PeerAddress, b: PeerAddress): boolean {
  return a.port === b.port && a.address === b.address;
}
