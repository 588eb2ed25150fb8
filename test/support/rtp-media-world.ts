import type { RtpPortPool } from '#adapters/udp-node';
import { Fault } from '#domain';
import type { AudioCodec, CallSpec } from '#domain';
import { Secret, silentLogger } from '#foundation';
import type { Micros } from '#foundation';
import { Metronome } from '#media';
import type { AacEncoderFactory, AudioDecoder, AudioDecoderFactory } from '#media';
import type { MediaSecurity, NegotiatedAudio } from '#protocol/sdp';
import { PcmAacEncoder, SeededRandom, VirtualTime, dominantToneHz } from '#testkit';
import type { Delivery } from '#testkit';
import { openAudioDecoders } from '../../apps/worker/src/audio-decoders.ts';
import { openRtpMedia } from '../../apps/worker/src/calls/open-rtp-media.ts';

export const SPEC: CallSpec = {
  to: 'sip:room@127.0.0.1',
  from: {},
  media: {
    direction: 'recvonly',
    audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
  },
  limits: { ringSeconds: 60, maxSeconds: 100, mediaTimeoutSeconds: 30 },
};

export const AUDIO: NegotiatedAudio = {
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

/** Decodes Speex to silence, 20 ms a packet: the real decoder is an optional package. */
const silentSpeex = (rate: number): AudioDecoder => ({
  name: `speex(${rate})`,
  clockRate: rate,
  sampleRate: rate,
  channels: 1,
  duration: () => rate / 50,
  decode: (_payload, out) => {
    out.fill(0, 0, rate / 50);
    return rate / 50;
  },
  reset: () => undefined,
  close: () => undefined,
});

const { create: createDecoder } = openAudioDecoders(silentLogger);
const decoderOf: AudioDecoderFactory = (format) =>
  format.codec === 'speex' ? silentSpeex(format.clockRate) : createDecoder(format);

export function mediaWorld(
  createEncoder: AacEncoderFactory,
  seed = 1,
  missing?: readonly (readonly [AudioCodec, string])[],
) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const metronome = new Metronome({
    clock: time,
    timers: time,
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
    forgotten: 0,
    forgetRemote: () => {
      ports.forgotten++;
    },
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
    decoders: {
      create: decoderOf,
      missing: (codec) => new Map(missing).get(codec),
    },
    metronome,
    clock: time,
    random,
  });
  return { time, metronome, ports, names, open };
}

export function brokenEncoder() {
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
export async function runningMedia(audio: NegotiatedAudio = AUDIO, seed?: number) {
  const encoder = new PcmAacEncoder();
  const world = mediaWorld(() => encoder, seed);
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

export const SECURITY: MediaSecurity = {
  suite: 'AES_CM_128_HMAC_SHA1_80',
  localKeySalt: new Secret('A'.repeat(40)),
  remoteKeySalt: new Secret('B'.repeat(40)),
};
export const keySaltOf = (secret: Secret): Uint8Array =>
  Uint8Array.from(Buffer.from(secret.reveal(), 'base64'));

export const isSilent = (samples: readonly number[]): boolean =>
  samples.every((sample) => sample === 0);
/** The frequency of the middle of what was heard. */
export const toneOf = (samples: readonly number[]): number =>
  dominantToneHz(samples.slice(2_000, -800), 8_000);

/** A call that asks for codecs, the preferred one first. */
export const asking = (...codecs: AudioCodec[]): CallSpec => ({
  ...SPEC,
  media: { ...SPEC.media, audio: { ...SPEC.media.audio, codecs } },
});
