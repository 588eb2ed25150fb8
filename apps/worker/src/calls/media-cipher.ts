import { SrtpReceiver, SrtpSender } from '#protocol/srtp';
import type { SrtpKey, SrtpReceiverStats, SrtpSuite } from '#protocol/srtp';
import type { MediaSecurity } from '#protocol/sdp';
import type { Secret } from '#foundation';

interface Receiving {
  readonly id: string;
  readonly receiver: SrtpReceiver;
}

/** What was refused of a leg's packets, with all keys of the peer together. */
export type RefusedPackets = Omit<SrtpReceiverStats, 'accepted'>;

/** Protects and opens the packets of one leg as it was agreed; lets plain ones through where nothing was. */
export class MediaCipher {
  /**
   * By our key. Never made twice for one key, which would repeat the key stream; a leg has one key per suite for its
   * whole life, and the next leg has others.
   */
  readonly #senders = new Map<string, SrtpSender>();
  readonly #refused = { malformed: 0, unauthenticated: 0, replayed: 0, tooOld: 0 };
  #security: MediaSecurity | undefined;
  #sender: SrtpSender | undefined;
  #receiving: Receiving | undefined;
  /** Before the peer changed its key. Its packets are on their way until the first one with the new key. */
  #before: Receiving | undefined;

  /** Follows what is agreed. The same keys again change nothing: counters and replay windows go on. */
  agree(security: MediaSecurity | undefined): void {
    this.#security = security;
    if (security === undefined) return;
    const { suite, localKeySalt, remoteKeySalt } = security;
    this.#sender = this.#senderOf(suite, localKeySalt);
    const id = `${suite} ${remoteKeySalt.reveal()}`;
    if (this.#receiving?.id === id) return;
    const known = this.#before?.id === id ? this.#before : undefined;
    if (known === undefined) this.#tally(this.#before);
    this.#before = this.#receiving;
    this.#receiving = known ?? { id, receiver: new SrtpReceiver(keyOf(suite, remoteKeySalt)) };
  }

  /** The leg is over: nothing is opened with its keys any more. What was refused stays counted. */
  forget(): void {
    this.#tally(this.#receiving);
    this.#tally(this.#before);
    this.#receiving = undefined;
    this.#before = undefined;
    this.#sender = undefined;
    this.#senders.clear();
  }

  /** Whether packets are protected. */
  get isSecure(): boolean {
    return this.#security !== undefined;
  }

  /** Whether an RTP packet is authentic and new; no plain one is. Changes nothing. */
  isAuthenticRtp(datagram: Uint8Array): boolean {
    return this.#isAuthentic(datagram, 'isAuthenticRtp');
  }

  /** The same for RTCP. */
  isAuthenticRtcp(datagram: Uint8Array): boolean {
    return this.#isAuthentic(datagram, 'isAuthenticRtcp');
  }

  /** An RTP packet of the peer, opened in its own memory; undefined for one to be dropped. */
  openRtp(datagram: Uint8Array): Uint8Array | undefined {
    return this.#open(datagram, 'unprotectRtp');
  }

  /** The same for RTCP. */
  openRtcp(datagram: Uint8Array): Uint8Array | undefined {
    return this.#open(datagram, 'unprotectRtcp');
  }

  /** What is to be sent in place of an RTP packet, until the next call; undefined when it must not be sent. */
  closeRtp(packet: Uint8Array): Uint8Array | undefined {
    return this.#security === undefined ? packet : this.#sender?.protectRtp(packet);
  }

  /** The same for RTCP. */
  closeRtcp(packet: Uint8Array): Uint8Array | undefined {
    return this.#security === undefined ? packet : this.#sender?.protectRtcp(packet);
  }

  /** In words, for the description of the path; undefined for plain RTP. */
  describe(): string | undefined {
    return this.#security && `srtp(${this.#security.suite})`;
  }

  /** What was refused so far. */
  refused(): RefusedPackets {
    const total = { ...this.#refused };
    for (const receiving of [this.#receiving, this.#before]) addRefused(total, receiving);
    return total;
  }

  #isAuthentic(datagram: Uint8Array, question: 'isAuthenticRtp' | 'isAuthenticRtcp'): boolean {
    const receivings = [this.#receiving, this.#before];
    return receivings.some((each) => each?.receiver[question](datagram) === true);
  }

  #open(datagram: Uint8Array, unprotect: 'unprotectRtp' | 'unprotectRtcp'): Uint8Array | undefined {
    if (this.#security === undefined) return datagram;
    const opened = this.#receiving?.receiver[unprotect](datagram);
    if (this.#before === undefined) return opened;
    if (opened === undefined) return this.#before.receiver[unprotect](datagram);
    this.#tally(this.#before);
    this.#before = undefined;
    return opened;
  }

  #tally(receiving: Receiving | undefined): void {
    addRefused(this.#refused, receiving);
  }

  #senderOf(suite: SrtpSuite, keySalt: Secret): SrtpSender {
    const id = keySalt.reveal();
    const sender = this.#senders.get(id) ?? new SrtpSender(keyOf(suite, keySalt));
    this.#senders.set(id, sender);
    return sender;
  }
}

const keyOf = (suite: SrtpSuite, keySalt: Secret): SrtpKey => ({
  suite,
  keySalt: Uint8Array.from(Buffer.from(keySalt.reveal(), 'base64')),
});

function addRefused(
  total: { -readonly [Reason in keyof RefusedPackets]: number },
  receiving: Receiving | undefined,
): void {
  const stats = receiving?.receiver.stats();
  if (stats === undefined) return;
  total.malformed += stats.malformed;
  total.unauthenticated += stats.unauthenticated;
  total.replayed += stats.replayed;
  total.tooOld += stats.tooOld;
}
