import { describe, expect, it } from 'vitest';
import type { RtpPortPool } from '#adapters/udp-node';
import { Fault } from '#domain';
import type { AudioCodec, CallSpec } from '#domain';
import { Secret, silentLogger } from '#foundation';
import type { Micros } from '#foundation';
import { DeliveryQueue, Metronome } from '#media';
import type { AacEncoderFactory } from '#media';
import { buildRtcp, isRtcp, parseRtcp } from '#protocol/rtp';
import type { RtcpPacket } from '#protocol/rtp';
import type { MediaSecurity, NegotiatedAudio } from '#protocol/sdp';
import { SrtpReceiver, SrtpSender } from '#protocol/srtp';
import {
  KeyReceiver,
  PcmAacEncoder,
  RtpSource,
  SeededRandom,
  VirtualTime,
  dominantToneHz,
  tone,
} from '#testkit';
import type { Delivery } from '#testkit';
import { loadAudioDecoders } from '../audio-decoders.ts';
import { openRtpMedia } from './open-rtp-media.ts';

const SPEC: CallSpec = {
  to: 'sip:room@127.0.0.1',
  from: {},
  media: {
    direction: 'recvonly',
    audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
  },
  limits: { ringSeconds: 60, maxSeconds: 100, mediaTimeoutSeconds: 30 },
};

const AUDIO: NegotiatedAudio = {
  codec: 'PCMU',
  payloadType: 0,
  payloadTypes: new Map([[0, { codec: 'PCMU', clockRate: 8000, channels: 1 }]]),
  clockRate: 8000,
  ptimeMs: 20,
  direction: 'recvonly',
  remote: { address: '127.0.0.1', port: 4000, rtcpPort: 4001 },
  isHeld: false,
};

type DatagramListener = (bytes: Uint8Array, now: Micros) => void;
const NOBODY: DatagramListener = () => undefined;

interface Target {
  readonly address: string;
  readonly port: number;
}

function setup(
  createEncoder: AacEncoderFactory,
  seed = 1,
  missing?: readonly (readonly [AudioCodec, string])[],
) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const deliveries = new DeliveryQueue();
  const metronome = new Metronome({
    clock: time,
    timers: time,
    deliveries,
    onFailed: () => undefined,
  });
  const ports = {
    port: 4002,
    rtcpPort: 4003,
    closes: 0,
    targets: [] as Target[],
    /** Sequence numbers of the silence that was sent. */
    sent: [] as number[],
    reports: 0,
    hear: NOBODY,
    onRtp: (listener: DatagramListener) => {
      ports.hear = listener;
    },
    hearReport: NOBODY,
    onRtcp: (listener: DatagramListener) => {
      ports.hearReport = listener;
    },
    setRemote: (address: string, port: number) => void ports.targets.push({ address, port }),
    sentSizes: [] as number[],
    hearSent: NOBODY,
    hearSentReport: NOBODY,
    sendRtp: (bytes: Uint8Array) => {
      ports.hearSent(bytes, time.nowMicros());
      ports.sent.push(((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
      ports.sentSizes.push(bytes.length);
    },
    sendRtcp: (bytes: Uint8Array) => {
      ports.hearSentReport(bytes, time.nowMicros());
      ports.reports++;
    },
    close: () => {
      ports.closes++;
    },
    stats: () => ({ accepted: 0, foreign: 12, socketErrors: 0 }),
  };
  const pool = { bindPair: () => Promise.resolve(ports) } as unknown as RtpPortPool;
  /** Addresses of host names, and whether they are answered. */
  const names = new Map<string, Promise<string>>();
  const open = openRtpMedia({
    networks: [{ address: '127.0.0.1', ports: pool }],
    jitter: { minMs: 60, maxMs: 60 },
    createEncoder,
    resolveHost: (name, family) =>
      names.get(`${name} ${family}`) ?? Promise.reject(new Fault('SDP_INVALID', { detail: name })),
    decoders: { create: loadAudioDecoders(silentLogger).create, missing: new Map(missing) },
    metronome,
    deliveries,
    clock: time,
    random,
  });
  return { time, metronome, ports, names, open };
}

function brokenEncoder() {
  const encoder = { closes: 0 };
  const broken = (): never => {
    throw new Error('the encoder is broken');
  };
  const create: AacEncoderFactory = (options) => ({
    audioSpecificConfig: Uint8Array.of(0x12, 0x08),
    sampleRate: options.sampleRate,
    sourceRate: options.sourceRate,
    channels: options.channels,
    frameSamples: 1024,
    primingSamples: 1024,
    encode: broken,
    flush: broken,
    close: () => {
      encoder.closes++;
    },
    describe: () => 'broken',
  });
  return { encoder, create };
}

/** Media that runs, and a way to let time pass while packets come. */
async function running(audio: NegotiatedAudio = AUDIO, seed?: number) {
  const encoder = new PcmAacEncoder();
  const world = setup(() => encoder, seed);
  const media = await world.open(SPEC);
  media.start(audio, (fault) => {
    throw fault;
  });
  let playedMs = 0;
  /** What is heard in the next `ms`, in which the packets arrive, 20 ms after each other. */
  const play = (ms: number, deliveries: readonly Delivery[] = []): number[] => {
    const from = encoder.heard.length;
    for (let at = 0; at < ms; at += 20) {
      const packet = deliveries[at / 20];
      if (packet !== undefined) world.ports.hear(packet.bytes, world.time.nowMicros());
      world.time.advance(20);
    }
    playedMs += ms;
    return encoder.heard.slice(from);
  };
  return { ...world, media, encoder, play, playedMs: () => playedMs };
}

const SECURITY: MediaSecurity = {
  suite: 'AES_CM_128_HMAC_SHA1_80',
  localKeySalt: new Secret('A'.repeat(40)),
  remoteKeySalt: new Secret('B'.repeat(40)),
};
const keySaltOf = (secret: Secret): Uint8Array =>
  Uint8Array.from(Buffer.from(secret.reveal(), 'base64'));

const isSilent = (samples: readonly number[]): boolean => samples.every((sample) => sample === 0);
/** The frequency of the middle of what was heard. */
const toneOf = (samples: readonly number[]): number =>
  dominantToneHz(samples.slice(2_000, -800), 8_000);

/** A call that asks for codecs, the preferred one first. */
const asking = (...codecs: AudioCodec[]): CallSpec => ({
  ...SPEC,
  media: { ...SPEC.media, audio: { ...SPEC.media.audio, codecs } },
});

describe('the codecs of a leg', () => {
  const encoder = new PcmAacEncoder();
  const missing = [
    ['opus', 'install one'],
    ['speex', 'install two'],
  ] as const;

  it('are those that are asked for and can be decoded here', async () => {
    const all = await setup(() => encoder).open(asking('opus', 'PCMU'));
    const some = await setup(() => encoder, 1, missing).open(asking('opus', 'PCMU', 'speex'));

    expect(all.codecs).toEqual(['opus', 'PCMU']);
    expect(some.codecs).toEqual(['PCMU']);
  });

  it('fail the call when there are none, and say what to install', async () => {
    const { open } = setup(() => encoder, 1, missing);

    await expect(open(asking('opus'))).rejects.toMatchObject({
      code: 'CODEC_MISSING',
      detail: 'install one',
    });
  });

  it.each([
    { codec: 'opus', clockRate: 48_000, sourceRate: 48_000 },
    { codec: 'speex', clockRate: 16_000, sourceRate: 16_000 },
    { codec: 'G722', clockRate: 8000, sourceRate: 16_000 },
    { codec: 'PCMU', clockRate: 8000, sourceRate: 8000 },
  ] as const)('give the path its rate: $codec', async ({ codec, clockRate, sourceRate }) => {
    const { create } = brokenEncoder();
    const rates: number[] = [];
    const { open } = setup((options) => {
      rates.push(options.sourceRate);
      return create(options);
    });
    const media = await open(asking(codec));

    const payloadTypes = new Map([[111, { codec, clockRate, channels: 1 }]] as const);
    media.start({ ...AUDIO, codec, clockRate, payloadType: 111, payloadTypes }, () => undefined);
    const path = media.describe();
    media.stop();

    expect(rates).toEqual([sourceRate]);
    expect(path).toContain(`111:${codec.toLowerCase()}`);
  });
});

describe('the media of a leg', () => {
  it('tells once that its path is broken, leaves the beat and frees its ports', async () => {
    const { encoder, create } = brokenEncoder();
    const { time, metronome, ports, open } = setup(create);
    const media = await open(SPEC);
    const faults: string[] = [];

    media.start(AUDIO, (fault) => faults.push(fault.code));
    time.advance(200);

    expect(faults).toEqual(['MEDIA_FAILED']);
    expect(metronome.memberCount).toBe(0);
    media.stop();
    expect(ports.closes).toBe(1);
    expect(encoder.closes).toBe(1);
    expect(time.pendingCount).toBe(0);
  });

  it('frees its ports even when its last figures cannot be taken, and says goodbye all the same', async () => {
    const { media, ports, metronome, encoder, play } = await running();
    play(6_000, new RtpSource({ signal: tone(440) }).take(1_000));
    const { reports } = ports;
    ports.stats = () => {
      throw new Error('the figures are broken');
    };

    media.stop();

    expect(ports.closes).toBe(1);
    expect(metronome.memberCount).toBe(0);
    expect(encoder.isClosed).toBe(true);
    expect(ports.reports).toBe(reports + 1);
    expect(media.stats()).toBeUndefined();
  });

  it('follows another codec on another port without a gap, the last packets of the old one included', async () => {
    const { media, ports, play, encoder, playedMs } = await running();
    const before = new RtpSource({ signal: tone(440) }).take(1_400);
    const after = new RtpSource({ signal: tone(880), codec: 'PCMA', ssrc: 2 }).take(1_000);
    const first = play(1_000, before);

    media.change({
      ...AUDIO,
      codec: 'PCMA',
      payloadType: 8,
      payloadTypes: new Map([[8, { codec: 'PCMA', clockRate: 8000, channels: 1 }]]),
      remote: { address: '127.0.0.1', port: 5000, rtcpPort: 5001 },
    });
    const between = play(400, before.slice(50));
    const second = play(1_000, after);

    expect(toneOf(first)).toBe(440);
    expect(dominantToneHz(between.slice(-1_600), 8_000)).toBe(440);
    expect(toneOf(second)).toBe(880);
    expect(ports.targets.map(({ port }) => port)).toEqual([4000, 5000]);
    expect(encoder.heard).toHaveLength(8 * playedMs());
    expect(media.describe()).toContain('8:pcma');
  });

  it('goes on with silence while it is held, whatever comes in, and plays on at once', async () => {
    const { media, play, encoder, playedMs } = await running();
    const source = new RtpSource({ signal: tone(440) });
    play(1_000, source.take(1_000));

    media.change({ ...AUDIO, direction: 'inactive', isHeld: true });
    play(200);
    const lastPacketAt = media.lastPacketMicros;
    const held = play(1_000, source.take(1_000));
    media.change(AUDIO);
    const back = play(1_000, source.take(1_000));

    expect(isSilent(held)).toBe(true);
    expect(media.lastPacketMicros).toBeGreaterThan(lastPacketAt ?? 0);
    expect(toneOf(back)).toBe(440);
    expect(back.findIndex((sample) => sample !== 0)).toBeLessThan(8 * 100);
    expect(encoder.heard).toHaveLength(8 * playedMs());
  });

  it('finds a peer whose SDP names a host, and follows what it says meanwhile', async () => {
    const named = (address: string): NegotiatedAudio => ({
      ...AUDIO,
      direction: 'sendrecv',
      remote: { address, port: 4000, rtcpPort: 4001 },
    });
    const { open, names, ports } = setup(() => new PcmAacEncoder());
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
    const { open, metronome } = setup(() => new PcmAacEncoder());
    const media = await open(SPEC);
    const remote = { address: 'nowhere.peer.test', port: 4000, rtcpPort: 4001 };

    const fault = await new Promise<Fault>((tell) => media.start({ ...AUDIO, remote }, tell));

    expect([fault.code, fault.detail]).toEqual(['SDP_INVALID', 'nowhere.peer.test']);
    expect(metronome.memberCount).toBe(0);
  });

  it('sends nothing to a peer with an address of zeros, and expects it where it was', async () => {
    const { media, ports, play } = await running({ ...AUDIO, direction: 'sendrecv' });
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

  it('takes SRTP alone where it was agreed, through 100,000 bad packets and a held call, and sends it', async () => {
    const audio: NegotiatedAudio = { ...AUDIO, direction: 'sendrecv', security: SECURITY };
    const { media, ports, play } = await running(audio);
    const peer = new SrtpSender({
      suite: SECURITY.suite,
      keySalt: keySaltOf(SECURITY.remoteKeySalt),
    });
    const plain = new RtpSource({ signal: tone(440) });
    const take = (ms: number): Delivery[] =>
      plain.take(ms).map((delivery) => ({
        ...delivery,
        bytes: Uint8Array.from(peer.protectRtp(delivery.bytes) ?? []),
      }));

    const forger = new RtpSource({ signal: tone(880) });
    const forged = play(1_000, forger.take(1_000));
    const first = play(1_000, take(1_000));
    const [bad] = forger.take(20);
    for (let n = 0; n < 100_000; n++) ports.hear(bad?.bytes ?? new Uint8Array(0), 0 as Micros);
    const second = play(1_000, take(1_000));
    media.change({ ...audio, isHeld: true });
    play(400, take(400));
    media.change(audio);
    const back = play(1_000, take(1_000));

    expect(isSilent(forged)).toBe(true);
    expect([first, second, back].map(toneOf)).toEqual([440, 440, 440]);
    expect(media.refusedPackets()).toMatchObject({ unauthenticated: 100_050 });
    expect(media.describe()).toMatch(/^srtp\(AES_CM_128_HMAC_SHA1_80\) > /);
    expect(new Set(ports.sentSizes)).toEqual(new Set([12 + 160 + 10]));
  });

  it('presses keys that only a peer with our key hears, each once, among silence and in its place', async () => {
    for (const direction of ['sendrecv', 'recvonly'] as const) {
      const audio = { ...AUDIO, direction, telephoneEvent: 101, security: SECURITY };
      const { media, ports, play } = await running(audio);
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
    const { media, ports, play } = await running(audio);
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
    const { media, ports, play, time } = await running(audio);
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
    const { media, ports, play, time } = await running({ ...audio, security: SECURITY });
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

  it('tells the codec that is heard, which the peer may change within the agreement', async () => {
    const payloadTypes = new Map(AUDIO.payloadTypes);
    payloadTypes.set(8, { codec: 'PCMA', clockRate: 8000, channels: 1 });
    const { media, play } = await running({ ...AUDIO, payloadTypes });
    const before = media.stats()?.audio.codec;

    play(200, new RtpSource({ signal: tone(440), codec: 'PCMA' }).take(200));

    expect(before).toBe('PCMU');
    expect(media.stats()?.audio.codec).toBe('PCMA');
  });

  it('tells what it has counted, while it runs and when it has ended', async () => {
    const world = setup(() => new PcmAacEncoder());
    const media = await world.open(SPEC);
    const before = media.stats();
    media.start(AUDIO, (fault) => {
      throw fault;
    });
    const source = new RtpSource({ signal: tone(440) });

    source.take(5_000).forEach(({ bytes }, index) => {
      if (index % 50 !== 10) world.ports.hear(bytes, world.time.nowMicros());
      world.time.advance(20);
    });
    const running = media.stats();
    media.stop();

    expect(before).toBeUndefined();
    expect(running?.audio).toMatchObject({ codec: 'PCMU', packets: 245, lost: 5, late: 0 });
    expect(running?.audio.bufferMs).toBeGreaterThan(20);
    expect(running?.audio.levelDbfs).toBeGreaterThan(-20);
    // Two percent lost at random: R is about 86.
    expect(running?.audio.mos).toBeGreaterThan(4.1);
    expect(running?.audio.mos).toBeLessThan(4.35);
    expect(running?.audio.lowestMos).toBeLessThanOrEqual(running?.audio.averageMos ?? 0);
    expect(running?.refused).toEqual({
      malformed: 0,
      unknownPayload: 0,
      otherSource: 0,
      otherAddress: 12,
      srtp: 0,
    });
    expect(media.stats()).toEqual(running);
  });

  it('takes no notice of what is odd on either port, but for the figures', async () => {
    const { media, ports, play, time } = await running();
    const source = new RtpSource({ signal: tone(440) });
    const [rtp = new Uint8Array(0)] = new RtpSource({ signal: tone(880) })
      .take(20)
      .map(({ bytes }) => bytes);
    const odd = [
      rtp.slice(0, 11),
      rtp.slice(0, 20).fill(0x8f, 0, 1),
      rtp.slice().fill(0x90, 0, 1).fill(0xff, 12, 16),
      rtp.slice().fill(0xa0, 0, 1).fill(0xff, -1),
      new Uint8Array(65_507),
      new Uint8Array(65_507).fill(0x80),
      new Uint8Array(0),
    ];

    const first = play(1_000, source.take(1_000));
    for (const bytes of odd) {
      ports.hear(bytes.slice(), time.nowMicros());
      ports.hearReport(bytes.slice(), time.nowMicros());
    }
    ports.hearReport(rtp.slice(), time.nowMicros());
    const second = play(1_000, source.take(1_000));

    expect([first, second].map(toneOf)).toEqual([440, 440]);
    expect(media.foreignPackets()).toMatchObject({ ofOtherSources: 0, notRtcp: odd.length + 1 });
    expect(media.stats()?.refused.malformed).toBeGreaterThanOrEqual(odd.length - 1);
  });

  it('goes on through replays and a roll-over of SRTP, with 1,000 bad packets in between', async () => {
    const audio: NegotiatedAudio = { ...AUDIO, security: SECURITY };
    const { media, ports, play, time } = await running(audio);
    const { suite, remoteKeySalt } = SECURITY;
    const peer = new SrtpSender({ suite, keySalt: keySaltOf(remoteKeySalt) });
    const source = new RtpSource({ signal: tone(440), firstSequence: 0xffff - 60 });
    const sent = source.take(3_000).map((delivery) => ({
      ...delivery,
      bytes: Uint8Array.from(peer.protectRtp(delivery.bytes) ?? []),
    }));

    const first = play(
      1_000,
      sent.slice(0, 50).map((each) => ({ ...each, bytes: each.bytes.slice() })),
    );
    const bad = sent[60]?.bytes.slice().fill(0, -10) ?? new Uint8Array(0);
    for (let n = 0; n < 1_000; n++) ports.hear(bad, time.nowMicros());
    for (const { bytes } of sent.slice(0, 50)) ports.hear(bytes, time.nowMicros());
    const second = play(1_000, sent.slice(50, 100));
    const third = play(1_000, sent.slice(100));

    expect([first, second, third].map(toneOf)).toEqual([440, 440, 440]);
    expect(media.refusedPackets()).toEqual({
      malformed: 0,
      unauthenticated: 1_000,
      replayed: 50,
      tooOld: 0,
    });
  });

  it('begins its sequence in the lower half, so that no peer misses a roll-over', async () => {
    const firsts: number[] = [];
    for (let seed = 1; seed <= 32; seed++) {
      const { ports, play } = await running({ ...AUDIO, direction: 'sendrecv' }, seed);
      play(40);
      firsts.push(ports.sent[0] ?? Number.NaN);
    }

    expect(Math.max(...firsts)).toBeLessThan(2 ** 15);
    expect(new Set(firsts).size).toBeGreaterThan(16);
  });

  it('counts its own packets on through a change that is none for them', async () => {
    const { media, ports, play } = await running({ ...AUDIO, direction: 'sendrecv' });
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
