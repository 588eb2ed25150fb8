import { micros, microsFromMs } from '#foundation';
import type { Micros } from '#foundation';
import { RtpPacket } from '#protocol/rtp';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { AudioCounters } from './audio-counters.ts';
import { inaudible } from './audio-decoder.ts';
import type { AudioDecoder } from './audio-decoder.ts';
import type { ArrivedPacket } from './parse-rtp.ts';
import type { PayloadTable } from './payload-table.ts';

/** A packet that belongs to the stream. Lent, and filled again for the next one. */
export class AcceptedPacket implements ArrivedPacket {
  rtp = new RtpPacket();
  arrivalMicros: Micros = micros(0);
  decoder: AudioDecoder = inaudible;
  /** Grows whenever what follows has nothing to do with what was before. */
  generation = 0;
}

/** The source that is listened to. */
export class SourcePin {
  /** The pinned SSRC; undefined until the first packet. */
  ssrc: number | undefined = undefined;
  /** Of its last packet that could be heard; undefined until the first. */
  payloadType: number | undefined = undefined;
  /** The next packet may come from another source and is believed at once. */
  isOpen = true;

  /** Lets the next packet choose the source: after a renegotiation the peer may be another. */
  release(): void {
    this.isOpen = true;
  }

  /** The next packet has nothing to do with those before, whoever sends it. */
  forget(): void {
    this.ssrc = undefined;
    this.isOpen = true;
  }
}

interface LockSourceOptions {
  readonly payloads: PayloadTable;
  readonly pin: SourcePin;
  readonly counters: AudioCounters;
}

/** A source that is heard more often than this is not replaced: two that talk in turns do not take turns on air. */
const SILENT_MICROS = microsFromMs(80);

class LockSource extends PassingStage<ArrivedPacket, AcceptedPacket> {
  readonly #payloads: PayloadTable;
  readonly #pin: SourcePin;
  readonly #counters: AudioCounters;
  readonly #accepted = new AcceptedPacket();
  #candidate: number | undefined;
  #candidateSequence = 0;
  #heardAt: Micros = micros(0);

  constructor(next: Sink<AcceptedPacket>, { payloads, pin, counters }: LockSourceOptions) {
    super(next);
    this.#payloads = payloads;
    this.#pin = pin;
    this.#counters = counters;
  }

  write(packet: ArrivedPacket): void {
    const { rtp } = packet;
    const decoder = this.#payloads.decoderOf(rtp.payloadType);
    if (decoder === undefined) {
      this.#counters.unknownPayload += 1;
      return;
    }
    if (rtp.ssrc !== this.#pin.ssrc && !this.#mayTakeOver(packet)) {
      this.#counters.foreignSource += 1;
      return;
    }
    this.#candidate = undefined;
    this.#pin.isOpen = false;
    this.#heardAt = packet.arrivalMicros;
    this.#pass(packet, decoder);
  }

  /**
   * While the pin is open a source is taken at once; later after two packets in a row that follow each other, when the
   * one before has fallen silent.
   */
  #mayTakeOver({ rtp, arrivalMicros }: ArrivedPacket): boolean {
    const isConfirmed =
      rtp.ssrc === this.#candidate &&
      rtp.sequence === ((this.#candidateSequence + 1) & 0xffff) &&
      arrivalMicros - this.#heardAt >= SILENT_MICROS;
    if (this.#pin.isOpen || isConfirmed) {
      if (this.#pin.ssrc !== undefined) this.#counters.restarts += 1;
      this.#pin.ssrc = rtp.ssrc;
      this.#accepted.generation += 1;
      return true;
    }
    this.#candidate = rtp.ssrc;
    this.#candidateSequence = rtp.sequence;
    return false;
  }

  #pass(packet: ArrivedPacket, decoder: AudioDecoder): void {
    const accepted = this.#accepted;
    accepted.rtp = packet.rtp;
    accepted.arrivalMicros = packet.arrivalMicros;
    accepted.decoder = decoder;
    if (decoder.clockRate > 0) this.#pin.payloadType = packet.rtp.payloadType;
    this.#counters.packets += 1;
    this.#counters.bytes += packet.rtp.payloadLength;
    this.next.write(accepted);
  }

  protected name(): string {
    return 'lock';
  }
}

/**
 * Takes packets of anyone, gives those of one source with a negotiated payload type. No delay, no memory.
 * Others are dropped and counted; a new source takes over when two of its packets come in a row and the old one has not
 * been heard for 80 ms, so that a stray packet or a second sender talking in between changes nothing.
 *
 * @see RFC 3550 section 6.2.1 and appendix A.1 (probation)
 */
export function lockSource(options: LockSourceOptions): Stage<ArrivedPacket, AcceptedPacket> {
  return (next) => new LockSource(next, options);
}
