import type { ReceptionStatistics } from '#protocol/rtp';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { TimedPacket } from './unwrap-time.ts';

class MeasureReception extends PassingStage<TimedPacket, TimedPacket> {
  readonly #statistics: ReceptionStatistics;
  #generation = -1;

  constructor(next: Sink<TimedPacket>, statistics: ReceptionStatistics) {
    super(next);
    this.#statistics = statistics;
  }

  write(packet: TimedPacket): void {
    if (packet.generation !== this.#generation) {
      this.#generation = packet.generation;
      this.#statistics.reset(packet.clockRate);
    }
    // What takes no time of the sound has no timestamp to compare (RFC 4733 section 2.2.2).
    const timestamp = packet.duration > 0 ? packet.timestamp : undefined;
    this.#statistics.add(packet.sequence, timestamp, packet.arrivalMicros);
    this.next.write(packet);
  }

  protected name(): string {
    return 'reception';
  }
}

/** Passes packets on unchanged and counts them for RTCP. No delay, no memory (RFC 3550 section 6.4.1). */
export function measureReception(statistics: ReceptionStatistics): Stage<TimedPacket, TimedPacket> {
  return (next) => new MeasureReception(next, statistics);
}
