import { micros } from '#foundation';
import type { Micros } from '#foundation';
import { RtpPacket, parseRtp } from '#protocol/rtp';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioCounters } from './audio-counters.ts';

/** The largest payload that is taken: 20 ms of stereo at 48 kHz without compression. */
const MAX_PAYLOAD_BYTES = 4096;

/** What a socket received, and when. Lent. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly arrivalMicros: Micros;
}

/** An RTP packet and its arrival. Lent. */
export interface ArrivedPacket {
  readonly rtp: RtpPacket;
  readonly arrivalMicros: Micros;
}

class ParseRtp extends PassingStage<Datagram, ArrivedPacket> {
  readonly #counters: AudioCounters;
  readonly #packet = { rtp: new RtpPacket(), arrivalMicros: micros(0) };

  constructor(next: Sink<ArrivedPacket>, counters: AudioCounters) {
    super(next);
    this.#counters = counters;
  }

  write(datagram: Datagram): void {
    const packet = this.#packet;
    const isRtp = parseRtp(datagram.bytes, packet.rtp);
    if (!isRtp || packet.rtp.payloadLength > MAX_PAYLOAD_BYTES) {
      this.#counters.malformed += 1;
      return;
    }
    packet.arrivalMicros = datagram.arrivalMicros;
    this.next.write(packet);
  }

  protected name(): string {
    return 'rtp';
  }
}

/**
 * Takes datagrams, gives RTP packets. No delay, no memory; what is no RTP is dropped and counted.
 *
 * @see RFC 3550 section 5.1
 */
export function parseRtpPackets(counters: AudioCounters): Stage<Datagram, ArrivedPacket> {
  return (next) => new ParseRtp(next, counters);
}
