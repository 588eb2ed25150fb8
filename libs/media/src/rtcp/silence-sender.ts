import { PCMA, PCMU } from '#protocol/g711';
import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';
import { TICKS_PER_SECOND } from '../audio/pcm.ts';
import { NARROWBAND_RATE } from '../audio/audio-decoder.ts';

/** What the silence is made of. */
export interface SilenceSenderOptions {
  readonly codec: 'PCMU' | 'PCMA';
  /** The payload type negotiated for it. */
  readonly payloadType: number;
  readonly ssrc: number;
  /** Random, 16 bits (RFC 3550 section 5.1). */
  readonly firstSequence: number;
  /** Random, 32 bits (RFC 3550 section 5.1). */
  readonly firstTimestamp: number;
}

const PACKET_SAMPLES = NARROWBAND_RATE / TICKS_PER_SECOND;

/**
 * Makes the packets of a party that has nothing to say: 20 ms of silence each, so that the other side does
 * not take the call for dead.
 *
 * @see RFC 3551 sections 4.2 and 4.5.14
 */
export class SilenceSender {
  readonly ssrc: number;
  readonly #payloadType: number;
  readonly #datagram: Uint8Array;
  #sequence: number;
  #timestamp: number;
  #packetCount = 0;

  constructor({ codec, payloadType, ssrc, firstSequence, firstTimestamp }: SilenceSenderOptions) {
    this.ssrc = ssrc;
    this.#payloadType = payloadType;
    this.#sequence = firstSequence;
    this.#timestamp = firstTimestamp;
    const { silence } = codec === 'PCMU' ? PCMU : PCMA;
    this.#datagram = new Uint8Array(RTP_HEADER_SIZE + PACKET_SAMPLES).fill(silence);
  }

  /** Packets made so far. */
  get packetCount(): number {
    return this.#packetCount;
  }

  /** Payload bytes made so far. */
  get octetCount(): number {
    return this.#packetCount * PACKET_SAMPLES;
  }

  /** The timestamp of the next packet. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** The packet of the next 20 ms; its bytes are the same memory every time. */
  next(): Uint8Array {
    const header = {
      payloadType: this.#payloadType,
      marker: this.#packetCount === 0,
      sequence: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.ssrc,
    };
    buildRtpHeader(header, this.#datagram);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + PACKET_SAMPLES) % 2 ** 32;
    this.#packetCount += 1;
    return this.#datagram;
  }
}
