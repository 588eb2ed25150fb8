import { microsFromMs } from '#foundation';
import type { Micros, RandomSource } from '#foundation';
import { RtcpParseError, buildRtcp, parseRtcp } from '#protocol/rtp';
import type { BuildableRtcp, ReportBlock, SenderReport } from '#protocol/rtp';
import type { AudioPathStats } from '../audio/audio-path.ts';

/** What is received and reported on: an audio path is one. */
export interface ReportedReception {
  /** The figures since the last report. */
  readonly reception: {
    report():
      | Pick<ReportBlock, 'fractionLost' | 'cumulativeLost' | 'highestSequence' | 'jitter'>
      | undefined;
  };
  stats(): Pick<AudioPathStats, 'ssrc'>;
}

/** What is sent and reported on: a silence sender is one. */
export interface ReportedSending {
  readonly ssrc: number;
  readonly packetCount: number;
  readonly octetCount: number;
  /** RTP timestamp of now. */
  readonly timestamp: number;
}

/** Who reports, on what. */
export interface RtcpReporterOptions {
  /** Ours; the one of `sending` if there is any. */
  readonly ssrc: number;
  /** Our canonical name (RFC 7022): random text, the same for the whole call. */
  readonly cname: string;
  readonly random: RandomSource;
  readonly receiving: ReportedReception;
  /** Default: nothing is sent, so receiver reports are. */
  readonly sending?: ReportedSending;
}

const INTERVAL_MS = 5000;
const CNAME_ITEM = 1;
/** 1900 to 1970: any constant would do, since the clock behind it is monotonic and not the time of day. */
const NTP_OFFSET_SECONDS = 2_208_988_800;

/**
 * Reports every five seconds what was received and sent, and remembers the peer's sender reports so that it
 * can measure the round trip.
 *
 * @remarks Reads no clock: NTP times are the time of the process's monotonic clock, as RFC 3550 section 6.4.1
 * allows to those who have no wall clock. Keeps no more than the last report of the peer.
 * @see RFC 3550 sections 6.2, 6.3, 6.4 and 6.6
 */
export class RtcpReporter {
  readonly #options: RtcpReporterOptions;
  #dueMicros: number | undefined;
  #hasReported = false;
  #peerReport: SenderReport | undefined;
  #peerReportAt = 0;
  #hasPeerLeft = false;
  #malformed = 0;
  #roundTripMs: number | undefined;

  constructor(options: RtcpReporterOptions) {
    this.#options = options;
  }

  /** The peer has said goodbye. */
  get hasPeerLeft(): boolean {
    return this.#hasPeerLeft;
  }

  /** Datagrams that were no RTCP. */
  get malformed(): number {
    return this.#malformed;
  }

  /** From the peer's last report on what we send; undefined if we send nothing or it did not report. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Takes what the RTCP socket received. Garbage changes nothing but a figure. */
  receive(datagram: Uint8Array, now: Micros): void {
    try {
      for (const packet of parseRtcp(datagram)) {
        if (packet.type === 'BYE') this.#hasPeerLeft = true;
        if (packet.type === 'SR') this.#rememberReport(packet, now);
        if (packet.type === 'SR' || packet.type === 'RR')
          this.#measureRoundTrip(packet.reports, now);
      }
    } catch (error) {
      if (!(error instanceof RtcpParseError)) throw error;
      this.#malformed += 1;
    }
  }

  /** The datagram to send now, or undefined while it is not due. Call it at every tick. */
  tick(now: Micros): Uint8Array | undefined {
    this.#dueMicros ??= now + this.#interval() / 2;
    if (now < this.#dueMicros) return undefined;
    this.#dueMicros = now + this.#interval();
    this.#hasReported = true;
    return buildRtcp([this.#report(now), this.#description()]);
  }

  /** The datagram that says goodbye; undefined for who never said anything (section 6.3.7). */
  bye(now: Micros): Uint8Array | undefined {
    const { sending } = this.#options;
    const hasSent = sending !== undefined && sending.packetCount > 0;
    if (!this.#hasReported && !hasSent) return undefined;
    const goodbye: BuildableRtcp = { type: 'BYE', ssrcs: [this.#options.ssrc] };
    return buildRtcp([this.#report(now), this.#description(), goodbye]);
  }

  /** Half to one and a half times the interval, so that parties do not fall into step (section 6.3.1). */
  #interval(): number {
    return microsFromMs(INTERVAL_MS / 2 + this.#options.random.below(INTERVAL_MS + 1));
  }

  #report(now: Micros): BuildableRtcp {
    const { ssrc, sending } = this.#options;
    const reports = this.#blocks(now);
    if (sending === undefined || sending.packetCount === 0) return { type: 'RR', ssrc, reports };
    return {
      type: 'SR',
      ssrc,
      ...ntpTime(now),
      rtpTimestamp: sending.timestamp,
      packetCount: sending.packetCount % 2 ** 32,
      octetCount: sending.octetCount % 2 ** 32,
      reports,
    };
  }

  #blocks(now: Micros): ReportBlock[] {
    const { receiving } = this.#options;
    const { ssrc } = receiving.stats();
    const figures = receiving.reception.report();
    if (ssrc === undefined || figures === undefined) return [];
    const peer = this.#peerReport?.ssrc === ssrc ? this.#peerReport : undefined;
    return [
      {
        ssrc,
        ...figures,
        lastSr: peer === undefined ? 0 : middleOf(peer.ntpSeconds, peer.ntpFraction),
        delaySinceLastSr: peer === undefined ? 0 : inShortNtp(now - this.#peerReportAt),
      },
    ];
  }

  #description(): BuildableRtcp {
    const { ssrc, cname } = this.#options;
    return { type: 'SDES', chunks: [{ ssrc, items: [{ type: CNAME_ITEM, text: cname }] }] };
  }

  #rememberReport(report: SenderReport, now: Micros): void {
    this.#peerReport = report;
    this.#peerReportAt = now;
  }

  #measureRoundTrip(reports: readonly ReportBlock[], now: Micros): void {
    const ours = reports.find((report) => report.ssrc === this.#options.ssrc);
    if (ours === undefined || ours.lastSr === 0) return;
    const { ntpSeconds, ntpFraction } = ntpTime(now);
    const elapsed =
      (middleOf(ntpSeconds, ntpFraction) - ours.lastSr - ours.delaySinceLastSr) % 2 ** 32;
    const shortNtp = (elapsed + 2 ** 32) % 2 ** 32;
    // A peer whose clock runs ahead, or who invents figures, gives a time in the future.
    if (shortNtp < 2 ** 31) this.#roundTripMs = (shortNtp / 65_536) * 1000;
  }
}

function ntpTime(now: Micros): { ntpSeconds: number; ntpFraction: number } {
  const seconds = Math.floor(now / 1e6);
  return {
    ntpSeconds: (NTP_OFFSET_SECONDS + seconds) % 2 ** 32,
    ntpFraction: Math.floor(((now / 1e6) % 1) * 2 ** 32),
  };
}

/** The middle 32 bits of a 64-bit NTP time: 1/65536 s, wraps after 18 hours. */
function middleOf(ntpSeconds: number, ntpFraction: number): number {
  return (ntpSeconds % 65_536) * 65_536 + Math.floor(ntpFraction / 65_536);
}

function inShortNtp(micros: number): number {
  return Math.floor((micros / 1e6) * 65_536) % 2 ** 32;
}
