import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { buildRtcp, isRtcp, parseRtcp } from '#protocol/rtp';
import type { RtcpPacket } from '#protocol/rtp';
import type { NegotiatedAudio } from '#protocol/sdp';
import { SrtpReceiver, SrtpSender } from '#protocol/srtp';
import { KeyReceiver, PcmAacEncoder } from '#testkit';
import {
  SPEC,
  AUDIO,
  mediaWorld,
  runningMedia,
  SECURITY,
  keySaltOf,
} from '../../../../test/support/rtp-media-world.ts';

describe('what a leg sends', () => {
  it('finds a peer whose SDP names a host, and follows what it says meanwhile', async () => {
    const named = (address: string): NegotiatedAudio => ({
      ...AUDIO,
      direction: 'sendrecv',
      remote: { address, port: 4000, rtcpPort: 4001 },
    });
    const { open, names, ports } = mediaWorld(() => new PcmAacEncoder());
    names.set('media.peer.test 4', Promise.resolve('192.0.2.7'));
    let answer: (address: string) => void = () => undefined;
    names.set('slow.peer.test 4', new Promise((resolve) => (answer = resolve)));
    const media = await open(SPEC);
    const faults: string[] = [];

    media.start(named('slow.peer.test'), ({ code }) => faults.push(code));
    media.change(named('media.peer.test'));
    await names.get('media.peer.test 4');
    answer('192.0.2.6');
    await names.get('slow.peer.test 4');

    expect(ports.targets).toEqual([{ address: '192.0.2.7', port: 4000 }]);
    expect(faults).toEqual([]);
  });

  it('ends the call, and says why, when the host that SDP names is not found', async () => {
    const { open, metronome } = mediaWorld(() => new PcmAacEncoder());
    const media = await open(SPEC);
    const remote = { address: 'nowhere.peer.test', port: 4000, rtcpPort: 4001 };

    const fault = await new Promise<Fault>((tell) => media.start({ ...AUDIO, remote }, tell));

    expect([fault.code, fault.detail]).toEqual(['SDP_INVALID', 'nowhere.peer.test']);
    expect(metronome.memberCount).toBe(0);
  });

  it('sends nothing to a peer with an address of zeros, and expects it where it was', async () => {
    const { media, ports, play } = await runningMedia({ ...AUDIO, direction: 'sendrecv' });
    play(200);
    const sent = ports.sent.length;

    media.change({ ...AUDIO, direction: 'recvonly', remote: undefined, isHeld: true });
    play(20_000);

    expect(sent).toBeGreaterThan(5);
    expect(ports.sent).toHaveLength(sent);
    expect(ports.reports).toBe(0);
    expect(ports.targets).toHaveLength(1);
    media.change({ ...AUDIO, direction: 'sendrecv' });
    play(20_000);
    expect(ports.reports).toBeGreaterThan(0);
  });

  it('presses keys that only a peer with our key hears, each once, among silence and in its place', async () => {
    for (const direction of ['sendrecv', 'recvonly'] as const) {
      const audio = { ...AUDIO, direction, telephoneEvent: 101, security: SECURITY };
      const { media, ports, play } = await runningMedia(audio);
      const peer = new SrtpReceiver({
        suite: SECURITY.suite,
        keySalt: keySaltOf(SECURITY.localKeySalt),
      });
      const keys = new KeyReceiver(101);
      const outcomes: string[] = [];
      const reports: (Uint8Array | undefined)[] = [];
      ports.hearSent = (bytes, now) => {
        const opened = peer.unprotectRtp(Uint8Array.from(bytes));
        if (opened !== undefined) keys.receive(opened, now / 1_000);
      };
      ports.hearSentReport = (bytes) => reports.push(peer.unprotectRtcp(Uint8Array.from(bytes)));

      play(100);
      media.press('15#', (outcome) => outcomes.push(outcome));
      play(20_000);

      expect(keys.keys).toBe('15#');
      expect(keys.complaints).toEqual([]);
      expect(outcomes).toEqual(['pressed']);
      expect(peer.stats()).toMatchObject({ malformed: 0, unauthenticated: 0, replayed: 0 });
      expect(peer.stats().accepted).toBe(ports.sent.length + reports.length);
      expect(reports.length).toBeGreaterThan(0);
      expect(reports).not.toContain(undefined);
      expect(ports.sentSizes.filter((size) => size === 12 + 4 + 10)).toHaveLength(3 * 10);
    }
  });

  it('gives keys up when the peer puts the call on hold, and presses none while it is held', async () => {
    const audio = { ...AUDIO, telephoneEvent: 101, security: SECURITY };
    const { media, ports, play } = await runningMedia(audio);
    const outcomes: string[] = [];
    media.press('123', (outcome) => outcomes.push(outcome));
    play(100);

    media.change({ ...audio, direction: 'inactive', isHeld: true });
    const sent = ports.sent.length;
    media.press('4', (outcome) => outcomes.push(outcome));
    play(400);

    expect(sent).toBe(5);
    expect(ports.sent).toHaveLength(sent);
    expect(outcomes).toEqual(['cut', 'held']);
  });

  it('measures the round trip from the reports of the peer, keeps it through a change, and says goodbye', async () => {
    const audio: NegotiatedAudio = { ...AUDIO, direction: 'sendrecv' };
    const { media, ports, play, time } = await runningMedia(audio);
    const sent: RtcpPacket[] = [];
    ports.hearSentReport = (bytes) => sent.push(...parseRtcp(bytes));
    const before = media.roundTripMs;

    play(5_000);
    const [first] = sent;
    if (first?.type !== 'SR') throw new Error('no sender report');
    const block = {
      ssrc: first.ssrc,
      fractionLost: 0,
      cumulativeLost: 0,
      highestSequence: 1,
      jitter: 0,
      lastSr: (first.ntpSeconds % 65_536) * 65_536 + Math.floor(first.ntpFraction / 65_536),
      delaySinceLastSr: 0,
    };
    ports.hearReport(buildRtcp([{ type: 'RR', ssrc: 7, reports: [block] }]), time.nowMicros());
    const measured = media.roundTripMs;
    media.change({ ...audio, remote: { address: '127.0.0.1', port: 5000, rtcpPort: 5001 } });

    expect(before).toBeUndefined();
    expect(measured).toBeGreaterThan(0);
    expect(measured).toBeLessThan(5_000);
    expect(media.roundTripMs).toBe(measured);
    media.stop();
    expect(sent.at(-1)).toEqual({ type: 'BYE', ssrcs: [first.ssrc] });
  });

  it('carries RTCP on the port of RTP where that was agreed, both ways', async () => {
    const remote = { address: '127.0.0.1', port: 4000, rtcpPort: 4000 };
    const audio: NegotiatedAudio = { ...AUDIO, direction: 'sendrecv', rtcpMux: true, remote };
    const { media, ports, play, time } = await runningMedia({ ...audio, security: SECURITY });
    const [ours, theirs] = [SECURITY.localKeySalt, SECURITY.remoteKeySalt].map(keySaltOf);
    const suite = SECURITY.suite;
    const peer = new SrtpReceiver({ suite, keySalt: ours ?? new Uint8Array(0) });
    const sender = new SrtpSender({ suite, keySalt: theirs ?? new Uint8Array(0) });
    const reports: RtcpPacket[] = [];
    ports.hearSent = (bytes) => {
      if (!isRtcp(bytes)) return;
      const opened = peer.unprotectRtcp(Uint8Array.from(bytes));
      reports.push(...parseRtcp(opened ?? new Uint8Array(0)));
    };

    play(8_000);
    const [first] = reports;
    if (first?.type !== 'SR') throw new Error('no sender report');
    const lastSr = (first.ntpSeconds % 65_536) * 65_536 + Math.floor(first.ntpFraction / 65_536);
    const figures = { fractionLost: 0, cumulativeLost: 0, highestSequence: 1, jitter: 0 };
    const block = { ssrc: first.ssrc, ...figures, lastSr, delaySinceLastSr: 0 };
    const answer = sender.protectRtcp(buildRtcp([{ type: 'RR', ssrc: 7, reports: [block] }]));
    ports.hear(answer ?? new Uint8Array(0), time.nowMicros());

    expect(media.roundTripMs).toBeGreaterThan(0);
    expect(media.lastPacketMicros).toBeUndefined();
    expect(ports.reports).toBe(0);
    media.stop();
    expect(reports.at(-1)).toEqual({ type: 'BYE', ssrcs: [first.ssrc] });
  });

  it('begins its sequence in the lower half, so that no peer misses a roll-over', async () => {
    const firsts: number[] = [];
    for (let seed = 1; seed <= 32; seed++) {
      const { ports, play } = await runningMedia({ ...AUDIO, direction: 'sendrecv' }, seed);
      play(40);
      firsts.push(ports.sent[0] ?? Number.NaN);
    }

    expect(Math.max(...firsts)).toBeLessThan(2 ** 15);
    expect(new Set(firsts).size).toBeGreaterThan(16);
  });

  it('counts its own packets on through a change that is none for them', async () => {
    const { media, ports, play } = await runningMedia({ ...AUDIO, direction: 'sendrecv' });
    play(200);

    media.change({
      ...AUDIO,
      direction: 'sendrecv',
      remote: { address: '127.0.0.1', port: 5000, rtcpPort: 5001 },
    });
    play(200);

    const steps = ports.sent.slice(1).map((each, i) => (each - (ports.sent[i] ?? 0)) & 0xffff);
    expect(new Set(steps)).toEqual(new Set([1]));
  });
});
