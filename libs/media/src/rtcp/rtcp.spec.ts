import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import type { Micros } from '#foundation';
import { RtpPacket, buildRtcp, parseRtcp, parseRtp } from '#protocol/rtp';
import type { SenderReport } from '#protocol/rtp';
import { SeededRandom } from '#testkit';
import { RtcpReporter, ReturnStream } from '../index.ts';

const PEER = 0x0badcafe;
const PEER_REPORT: SenderReport = {
  type: 'SR',
  ssrc: PEER,
  ntpSeconds: 0x0001_2345,
  ntpFraction: 0x6789_abcd,
  rtpTimestamp: 0,
  packetCount: 0,
  octetCount: 0,
  reports: [],
};
const FIGURES = { fractionLost: 10, cumulativeLost: 3, highestSequence: 70_000, jitter: 8 };

function setup({
  hasSource = true,
  sending,
}: { hasSource?: boolean; sending?: ReturnStream } = {}) {
  const ssrc = hasSource ? PEER : undefined;
  const receiving = {
    reception: { report: () => (ssrc === undefined ? undefined : FIGURES) },
    stats: () => ({ ssrc }),
  };
  return new RtcpReporter({
    ssrc: 1,
    cname: 'a1b2',
    random: new SeededRandom(1),
    receiving,
    ...(sending === undefined ? {} : { sending }),
  });
}

/** What a reporter says at its end, having reported before. */
function goodbyeOf(reporter: RtcpReporter, now: Micros) {
  reporter.tick(microsFromMs(0));
  reporter.tick(microsFromMs(4_000));
  return parseRtcp(reporter.bye(now) ?? new Uint8Array(0));
}

/** When reports are due within a minute, in milliseconds. */
function reportTimes(reporter: RtcpReporter): number[] {
  const times: number[] = [];
  for (let ms = 0; ms <= 60_000; ms += 20) {
    if (reporter.tick(microsFromMs(ms)) !== undefined) times.push(ms);
  }
  return times;
}

/** The next packet, which has to be there. */
function packetOf(stream: ReturnStream): Uint8Array {
  const datagram = stream.next();
  if (datagram === undefined) throw new Error('no packet');
  return datagram;
}

function silence(): ReturnStream {
  const stream = new ReturnStream({
    ssrc: 1,
    firstSequence: 0xffff,
    firstTimestamp: 2 ** 32 - 160,
  });
  stream.setSilence({ format: { codec: 'PCMU', clockRate: 8000, channels: 1 }, payloadType: 0 });
  return stream;
}

describe('an RTCP reporter', () => {
  it('reports about every five seconds, never in step', () => {
    const times = reportTimes(setup());

    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(times[0]).toBeLessThanOrEqual(3760);
    expect(gaps.every((gap) => gap >= 2500 && gap <= 7520)).toBe(true);
    expect(new Set(gaps).size).toBeGreaterThan(3);
  });

  it('says what was received, with a canonical name', () => {
    const reporter = setup();

    reporter.receive(buildRtcp([PEER_REPORT]), microsFromMs(9_000));
    const packets = goodbyeOf(reporter, microsFromMs(9_500));

    expect(packets).toEqual([
      {
        type: 'RR',
        ssrc: 1,
        reports: [{ ssrc: PEER, ...FIGURES, lastSr: 0x2345_6789, delaySinceLastSr: 32_768 }],
      },
      { type: 'SDES', chunks: [{ ssrc: 1, items: [{ type: 1, text: 'a1b2' }] }] },
      { type: 'BYE', ssrcs: [1] },
    ]);
  });

  it('sends an empty report while nothing has come', () => {
    const [report] = goodbyeOf(setup({ hasSource: false }), microsFromMs(5_000));

    expect(report).toEqual({ type: 'RR', ssrc: 1, reports: [] });
  });

  it('does not mix up the report of another source with that of the stream', () => {
    const reporter = setup();

    reporter.receive(buildRtcp([{ ...PEER_REPORT, ssrc: 99 }]), microsFromMs(0));

    const [report] = goodbyeOf(reporter, microsFromMs(5_000));
    expect(report).toMatchObject({ reports: [{ lastSr: 0, delaySinceLastSr: 0 }] });
  });

  it('sends sender reports when silence is sent', () => {
    const sending = silence();
    const reporter = setup({ sending });
    sending.next();
    sending.next();

    const [report] = goodbyeOf(reporter, microsFromMs(4_500));

    expect(report).toMatchObject({
      type: 'SR',
      ntpSeconds: 2_208_988_804,
      ntpFraction: 2 ** 31,
      rtpTimestamp: 160,
      packetCount: 2,
      octetCount: 320,
    });
  });

  it('measures the round trip from the answer to its sender report', () => {
    const sending = silence();
    sending.next();
    const reporter = setup({ sending });
    const sentAt = microsFromMs(10_000);
    const middle = ((2_208_988_800 + 10) % 65_536) * 65_536;

    reporter.receive(
      buildRtcp([
        {
          type: 'RR',
          ssrc: PEER,
          reports: [{ ssrc: 1, ...FIGURES, lastSr: middle, delaySinceLastSr: 65_536 / 2 }],
        },
      ]),
      microsFromMs(sentAt / 1000 + 530),
    );

    expect(reporter.roundTripMs).toBeCloseTo(30, 0);
  });

  it('says no goodbye when it has never said anything', () => {
    expect(setup().bye(microsFromMs(1_000))).toBeUndefined();
    expect(setup({ sending: silence() }).bye(microsFromMs(1_000))).toBeUndefined();
  });

  it('hears the goodbye of the peer and takes no notice of garbage', () => {
    const reporter = setup();

    reporter.receive(Uint8Array.of(1, 2, 3), microsFromMs(0));
    expect(reporter.hasPeerLeft).toBe(false);
    reporter.receive(buildRtcp([{ type: 'BYE', ssrcs: [PEER] }]), microsFromMs(0));

    expect(reporter.hasPeerLeft).toBe(true);
  });
});

describe('a silence sender', () => {
  it('makes packets of 20 ms whose counters wrap', () => {
    const sender = silence();
    const packet = new RtpPacket();

    expect(parseRtp(packetOf(sender), packet)).toBe(true);
    expect(packet).toMatchObject({
      payloadType: 0,
      marker: true,
      sequence: 0xffff,
      timestamp: 2 ** 32 - 160,
      ssrc: 1,
      payloadLength: 160,
    });
    parseRtp(packetOf(sender), packet);
    expect(packet).toMatchObject({ marker: false, sequence: 0, timestamp: 0 });
    expect(packet.bytes.subarray(12).every((byte) => byte === 0xff)).toBe(true);
    expect(sender).toMatchObject({ packetCount: 2, octetCount: 320, timestamp: 160 });
  });

  it('fills A-law packets with the silence of A-law', () => {
    const sender = new ReturnStream({ ssrc: 1, firstSequence: 0, firstTimestamp: 0 });
    sender.setSilence({ format: { codec: 'PCMA', clockRate: 8000, channels: 1 }, payloadType: 8 });

    expect(
      packetOf(sender)
        .subarray(12)
        .every((byte) => byte === 0xd5),
    ).toBe(true);
  });
});
