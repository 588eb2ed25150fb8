import type { RandomSource } from '#foundation';
import { TroubleLedger } from './trouble-ledger.ts';
import type { PacketFate } from './trouble-ledger.ts';
import type { Delivery } from './rtp-source.ts';

/** Losses that come together (Gilbert and Elliott): the network changes between good and bad. */
export interface LossBursts {
  /** Chance of each packet to begin a burst. */
  readonly beginShare: number;
  /** Packets of a burst, on average. */
  readonly meanPackets: number;
  /** Loss within a burst. Default: 1. */
  readonly lossShare?: number;
}

/** What a network does to packets, each share from 0 to 1. The same seed and the same packets: the same trouble. */
export interface NetworkTrouble {
  readonly random: RandomSource;
  /** Packets lost, each on its own. Default: 0. */
  readonly lossShare?: number;
  readonly bursts?: LossBursts;
  /** Packets that arrive twice. Default: 0. */
  readonly duplicateShare?: number;
  /** Packets that are overtaken. Default: 0. */
  readonly reorderShare?: number;
  /** By how many that are sent after them, lost ones included; the number is drawn from 1 on. Default: 1. */
  readonly reorderDepth?: number;
  /** Added to each packet, drawn evenly from 0 on. Default: 0. */
  readonly jitterMs?: number;
  /** Jitter lets packets overtake each other. Default: false, as in a queue. */
  readonly mayOvertake?: boolean;
  /** Packets in which up to three bits are turned over. Default: 0. */
  readonly corruptShare?: number;
  /** Packets that end too early. Default: 0. */
  readonly truncateShare?: number;
}

/** By this much is an overtaken packet behind the last that overtook it. */
const BEHIND_MS = 0.001;
const MOST_TURNED_BITS = 3;

interface Arriving {
  readonly arrivedAtMs: number[];
  readonly bytes: Uint8Array;
  readonly copies: number;
}

interface Held extends Arriving {
  overtakersLeft: number;
}

/** A bad network, one packet at a time; it keeps account of all of them. */
export class TroubleMaker {
  readonly #trouble: NetworkTrouble;
  readonly #fates: PacketFate[] = [];
  #held: Held[] = [];
  #previousAtMs = 0;
  #isInBurst = false;

  constructor(trouble: NetworkTrouble) {
    this.#trouble = trouble;
  }

  /**
   * What arrives because this was sent, at the time it arrives.
   *
   * @param isSpared It comes through as it is: only then is it certain what a receiver can know to be missing.
   */
  carry({ atMs, bytes }: Delivery, isSpared = false): Delivery[] {
    const due = this.#due();
    const arrived = this.#deliver({ atMs, bytes }, isSpared);
    const lastAtMs = Math.max(atMs, arrived.at(-1)?.atMs ?? 0);
    return [...arrived, ...due.flatMap((held) => this.#arrive(held, lastAtMs + BEHIND_MS))];
  }

  #deliver({ atMs, bytes }: Delivery, isSpared: boolean): Delivery[] {
    const isLost = this.#isLost();
    if (isLost && !isSpared) {
      this.#fates.push({ sentAtMs: atMs, arrivedAtMs: [], damage: 'none' });
      return [];
    }
    const damage = isSpared ? 'none' : this.#damage();
    const arrivedAtMs: number[] = [];
    this.#fates.push({ sentAtMs: atMs, arrivedAtMs, damage });
    const copies = !isSpared && this.#happens(this.#trouble.duplicateShare) ? 2 : 1;
    const packet = { arrivedAtMs, bytes: this.#damaged(bytes, damage), copies };
    if (!isSpared && this.#happens(this.#trouble.reorderShare)) {
      const overtakersLeft = 1 + this.#trouble.random.below(this.#trouble.reorderDepth ?? 1);
      this.#held.push({ ...packet, overtakersLeft });
      return [];
    }
    return this.#arrive(packet, this.#delayed(atMs));
  }

  /** What was still held back to be overtaken; nothing comes any more. */
  flush(): Delivery[] {
    const left = this.#held;
    this.#held = [];
    return left.flatMap((held) => this.#arrive(held, this.#previousAtMs + BEHIND_MS));
  }

  /** The account of all packets so far. */
  ledger(): TroubleLedger {
    return new TroubleLedger(this.#fates);
  }

  #happens(share = 0): boolean {
    return this.#trouble.random.below(1_000_000) < share * 1_000_000;
  }

  #isLost(): boolean {
    const { bursts, lossShare } = this.#trouble;
    const isLostAlone = this.#happens(lossShare);
    if (bursts === undefined) return isLostAlone;
    this.#isInBurst = this.#isInBurst
      ? !this.#happens(1 / bursts.meanPackets)
      : this.#happens(bursts.beginShare);
    return isLostAlone || (this.#isInBurst && this.#happens(bursts.lossShare ?? 1));
  }

  #damage(): PacketFate['damage'] {
    if (this.#happens(this.#trouble.corruptShare)) return 'corrupted';
    return this.#happens(this.#trouble.truncateShare) ? 'truncated' : 'none';
  }

  #damaged(bytes: Uint8Array, damage: PacketFate['damage']): Uint8Array {
    const { random } = this.#trouble;
    if (damage === 'none') return bytes;
    if (damage === 'truncated') return bytes.subarray(0, random.below(bytes.length));
    const damaged = Uint8Array.from(bytes);
    const turns = 1 + random.below(MOST_TURNED_BITS);
    for (let turn = 0; turn < turns; turn++) {
      const at = random.below(damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
    }
    return damaged;
  }

  #delayed(atMs: number): number {
    const { random, jitterMs = 0, mayOvertake = false } = this.#trouble;
    const delayed = atMs + random.below(jitterMs * 1000 + 1) / 1000;
    return mayOvertake ? delayed : Math.max(this.#previousAtMs, delayed);
  }

  #arrive({ arrivedAtMs, bytes, copies }: Arriving, atMs: number): Delivery[] {
    this.#previousAtMs = Math.max(this.#previousAtMs, atMs);
    return Array.from({ length: copies }, () => {
      arrivedAtMs.push(atMs);
      return { atMs, bytes };
    });
  }

  /** Those for whom the packet that is sent now is the last that overtakes them. */
  #due(): readonly Held[] {
    for (const held of this.#held) held.overtakersLeft -= 1;
    const due = this.#held.filter(({ overtakersLeft }) => overtakersLeft === 0);
    this.#held = this.#held.filter(({ overtakersLeft }) => overtakersLeft > 0);
    return due;
  }
}

/** What came through, in the order of arrival, and the account of it. */
export interface TroubledDeliveries {
  readonly deliveries: readonly Delivery[];
  readonly ledger: TroubleLedger;
}

/** Puts a repeatable bad network behind a source. The first and last packets come through as they are. */
export function trouble(sent: readonly Delivery[], network: NetworkTrouble): TroubledDeliveries {
  const maker = new TroubleMaker(network);
  const last = sent.length - 1;
  const deliveries = sent.flatMap((delivery, index) =>
    maker.carry(delivery, index === 0 || index === last),
  );
  deliveries.push(...maker.flush());
  deliveries.sort((left, right) => left.atMs - right.atMs);
  return { deliveries, ledger: maker.ledger() };
}
