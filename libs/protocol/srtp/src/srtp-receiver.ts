import { PacketCipher, readU16, readU32 } from './packet-cipher.ts';
import { estimateIndex, rollOverOf } from './packet-index.ts';
import {
  RTCP_CLEAR_BYTES,
  RTCP_INDEX_BYTES,
  isRtcpSize,
  rtpPayloadStart,
} from './packet-layout.ts';
import { deriveSessionKeys, tagBytesOf } from './session-keys.ts';
import type { SrtpKey } from './session-keys.ts';
import { SourceWindows } from './source-windows.ts';

const E_FLAG = 2 ** 31;

/** What has come, RTP and RTCP together. All but `accepted` was refused. */
export interface SrtpReceiverStats {
  readonly accepted: number;
  /** No RTP or RTCP, or too short for a tag. */
  readonly malformed: number;
  /** The tag is wrong: damaged, forged, or of another key. */
  readonly unauthenticated: number;
  readonly replayed: number;
  /** So far behind its successors that nobody can tell whether it has been there. */
  readonly tooOld: number;
}

/**
 * Checks and opens what one peer sends with one master key. Forged packets change nothing but the figures: a source is
 * remembered from its first authentic packet on, and 32 of them at most.
 *
 * @remarks Knows no MKI and no key derivation rate.
 * @see RFC 3711 sections 3.3 and 3.4
 */
export class SrtpReceiver {
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #rtpTagBytes: number;
  readonly #rtcpTagBytes: number;
  readonly #rtpSources = new SourceWindows();
  readonly #rtcpSources = new SourceWindows();
  readonly #stats = { accepted: 0, malformed: 0, unauthenticated: 0, replayed: 0, tooOld: 0 };

  constructor({ suite, keySalt }: SrtpKey) {
    this.#rtpTagBytes = tagBytesOf(suite, 'rtp');
    this.#rtcpTagBytes = tagBytesOf(suite, 'rtcp');
    this.#rtp = new PacketCipher(deriveSessionKeys(keySalt, 'rtp'), this.#rtpTagBytes);
    this.#rtcp = new PacketCipher(deriveSessionKeys(keySalt, 'rtcp'), this.#rtcpTagBytes);
  }

  /** How many sources are remembered, RTP and RTCP together. */
  get sourceCount(): number {
    return this.#rtpSources.size + this.#rtcpSources.size;
  }

  /** A copy of the figures. */
  stats(): SrtpReceiverStats {
    return { ...this.#stats };
  }

  /** Whether an RTP packet is authentic and new. Changes nothing, neither the packet nor the figures. */
  isAuthenticRtp(datagram: Uint8Array): boolean {
    const size = datagram.length - this.#rtpTagBytes;
    if (rtpPayloadStart(datagram, size) === undefined) return false;
    const ssrc = readU32(datagram, 8);
    const index = estimateIndex(readU16(datagram, 2), this.#rtpSources.highest(ssrc));
    if (this.#rtpSources.judge(ssrc, index) !== 'new') return false;
    return this.#rtp.isSealed(datagram, size, rollOverOf(index));
  }

  /** The same for RTCP. */
  isAuthenticRtcp(datagram: Uint8Array): boolean {
    const end = datagram.length - this.#rtcpTagBytes;
    const size = end - RTCP_INDEX_BYTES;
    if (!isRtcpSize(datagram, size)) return false;
    const index = readU32(datagram, size) % E_FLAG;
    if (this.#rtcpSources.judge(readU32(datagram, 4), index) !== 'new') return false;
    return this.#rtcp.isSealed(datagram, end);
  }

  /** Opens an RTP packet where it lies; a refused one is left as it came, and gives undefined. */
  unprotectRtp(datagram: Uint8Array): Uint8Array | undefined {
    const size = datagram.length - this.#rtpTagBytes;
    const start = rtpPayloadStart(datagram, size);
    if (start === undefined) return this.#refuse('malformed');
    const ssrc = readU32(datagram, 8);
    const index = estimateIndex(readU16(datagram, 2), this.#rtpSources.highest(ssrc));
    const judgement = this.#rtpSources.judge(ssrc, index);
    if (judgement !== 'new') return this.#refuse(judgement);
    if (!this.#rtp.isSealed(datagram, size, rollOverOf(index))) {
      return this.#refuse('unauthenticated');
    }
    this.#rtpSources.accept(ssrc, index);
    this.#stats.accepted += 1;
    this.#rtp.apply(datagram, { from: start, to: size }, { ssrc, index });
    return datagram.subarray(0, size);
  }

  /** The same for RTCP; what a peer leaves readable is taken, if it is authentic. */
  unprotectRtcp(datagram: Uint8Array): Uint8Array | undefined {
    const end = datagram.length - this.#rtcpTagBytes;
    const size = end - RTCP_INDEX_BYTES;
    if (!isRtcpSize(datagram, size)) return this.#refuse('malformed');
    const ssrc = readU32(datagram, 4);
    const flagAndIndex = readU32(datagram, size);
    const index = flagAndIndex % E_FLAG;
    const judgement = this.#rtcpSources.judge(ssrc, index);
    if (judgement !== 'new') return this.#refuse(judgement);
    if (!this.#rtcp.isSealed(datagram, end)) return this.#refuse('unauthenticated');
    this.#rtcpSources.accept(ssrc, index);
    this.#stats.accepted += 1;
    if (flagAndIndex >= E_FLAG) {
      this.#rtcp.apply(datagram, { from: RTCP_CLEAR_BYTES, to: size }, { ssrc, index });
    }
    return datagram.subarray(0, size);
  }

  #refuse(reason: Exclude<keyof SrtpReceiverStats, 'accepted'>): Uint8Array | undefined {
    this.#stats[reason] += 1;
    return undefined;
  }
}
