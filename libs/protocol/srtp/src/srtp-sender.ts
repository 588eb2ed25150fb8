import { PacketCipher, readU16, readU32, writeU32 } from './packet-cipher.ts';
import { estimateIndex, rollOverOf } from './packet-index.ts';
import {
  MAX_PACKET_BYTES,
  RTCP_CLEAR_BYTES,
  RTCP_INDEX_BYTES,
  isRtcpSize,
  rtpPayloadStart,
} from './packet-layout.ts';
import { deriveSessionKeys, tagBytesOf } from './session-keys.ts';
import type { SrtpKey } from './session-keys.ts';
import { SourceWindows } from './source-windows.ts';

const E_FLAG = 2 ** 31;

/**
 * Protects what we send with one master key. Never make a second one with the same key: it would use the same key
 * stream again, and both would be readable.
 *
 * @see RFC 3711 sections 3.3 and 3.4
 */
export class SrtpSender {
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #rtpTagBytes: number;
  readonly #rtcpTagBytes: number;
  readonly #sources = new SourceWindows();
  readonly #bytes = new Uint8Array(MAX_PACKET_BYTES + 16);
  #view = this.#bytes;
  #rtcpIndex = 0;

  constructor({ suite, keySalt }: SrtpKey) {
    this.#rtpTagBytes = tagBytesOf(suite, 'rtp');
    this.#rtcpTagBytes = tagBytesOf(suite, 'rtcp');
    this.#rtp = new PacketCipher(deriveSessionKeys(keySalt, 'rtp'), this.#rtpTagBytes);
    this.#rtcp = new PacketCipher(deriveSessionKeys(keySalt, 'rtcp'), this.#rtcpTagBytes);
  }

  /**
   * The protected form of an RTP packet, which stays as it is. The first sequence number of a source should be below
   * 2^15 (RFC 4568 section 6.4).
   *
   * @returns Memory that the next call uses again. Undefined for what is no RTP or over 2048 bytes, and for a sequence
   *   number that has been sent already.
   */
  protectRtp(packet: Uint8Array): Uint8Array | undefined {
    const size = packet.length;
    const start = rtpPayloadStart(packet, size);
    if (start === undefined) return undefined;
    const ssrc = readU32(packet, 8);
    const index = estimateIndex(readU16(packet, 2), this.#sources.highest(ssrc));
    if (this.#sources.judge(ssrc, index) !== 'new') return undefined;
    this.#sources.accept(ssrc, index);
    this.#bytes.set(packet);
    this.#rtp.apply(this.#bytes, { from: start, to: size }, { ssrc, index });
    this.#rtp.seal(this.#bytes, size, rollOverOf(index));
    return this.#viewOf(size + this.#rtpTagBytes);
  }

  /** The protected form of a compound RTCP packet, as for RTP; undefined also after 2^31 packets. */
  protectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const size = packet.length;
    if (!isRtcpSize(packet, size) || this.#rtcpIndex >= E_FLAG) return undefined;
    const index = this.#rtcpIndex;
    this.#rtcpIndex += 1;
    this.#bytes.set(packet);
    const range = { from: RTCP_CLEAR_BYTES, to: size };
    this.#rtcp.apply(this.#bytes, range, { ssrc: readU32(packet, 4), index });
    writeU32(this.#bytes, size, E_FLAG + index);
    this.#rtcp.seal(this.#bytes, size + RTCP_INDEX_BYTES);
    return this.#viewOf(size + RTCP_INDEX_BYTES + this.#rtcpTagBytes);
  }

  /** Most packets are as long as the one before. */
  #viewOf(size: number): Uint8Array {
    if (this.#view.length !== size) this.#view = this.#bytes.subarray(0, size);
    return this.#view;
  }
}
