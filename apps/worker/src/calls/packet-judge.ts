import { RtpPacket, isRtcp, parseRtp } from '#protocol/rtp';
import type { MediaCipher } from './media-cipher.ts';

const VERSION_2 = 0x80;
const VERSION_BITS = 0xc0;

/**
 * Tells what the peer sends from what anybody may send, as long as it is not known where the peer is: with SRTP by the
 * tag, else by a header that fits what was agreed. Asking changes nothing.
 */
export class PacketJudge {
  readonly #cipher: MediaCipher;
  readonly #looked = new RtpPacket();
  #payloadTypes: ReadonlySet<number> = new Set();
  #isMuxed = false;

  constructor(cipher: MediaCipher) {
    this.#cipher = cipher;
  }

  /** Follows what is agreed: what may come, and whether RTCP comes on the port of RTP. */
  agree(payloadTypes: Iterable<number>, isMuxed: boolean): void {
    this.#payloadTypes = new Set(payloadTypes);
    this.#isMuxed = isMuxed;
  }

  /** Of a datagram on the port of RTP. */
  readonly isRtpGenuine = (datagram: Uint8Array): boolean => {
    if (this.#isMuxed && isRtcp(datagram)) return this.isRtcpGenuine(datagram);
    if (this.#cipher.isSecure) return this.#cipher.isAuthenticRtp(datagram);
    return parseRtp(datagram, this.#looked) && this.#payloadTypes.has(this.#looked.payloadType);
  };

  /** Of a datagram on the port of RTCP. */
  readonly isRtcpGenuine = (datagram: Uint8Array): boolean => {
    if (this.#cipher.isSecure) return this.#cipher.isAuthenticRtcp(datagram);
    return ((datagram[0] ?? 0) & VERSION_BITS) === VERSION_2 && isRtcp(datagram);
  };
}
