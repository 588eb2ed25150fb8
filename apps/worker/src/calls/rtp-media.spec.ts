import { describe, expect, it } from 'vitest';
import type { RtpPortPool } from '#adapters/udp-node';
import type { CallSpec } from '#domain';
import { DeliveryQueue, Metronome } from '#media';
import type { AacEncoderFactory } from '#media';
import type { NegotiatedAudio } from '#protocol/sdp';
import { SeededRandom, VirtualTime } from '#testkit';
import { openRtpMedia } from './rtp-media.ts';

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
  payloadTypes: new Map([[0, 'PCMU']]),
  clockRate: 8000,
  ptimeMs: 20,
  direction: 'recvonly',
  remote: { address: '127.0.0.1', port: 4000, rtcpPort: 4001 },
  isHeld: false,
};

function setup() {
  const time = new VirtualTime();
  const random = new SeededRandom(1);
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
    onRtp: () => undefined,
    onRtcp: () => undefined,
    setRemote: () => undefined,
    sendRtp: () => undefined,
    sendRtcp: () => undefined,
    close: () => {
      ports.closes++;
    },
  };
  const encoder = { closes: 0 };
  const broken = (): never => {
    throw new Error('the encoder is broken');
  };
  const createEncoder: AacEncoderFactory = (options) => ({
    audioSpecificConfig: Uint8Array.of(0x12, 0x08),
    sampleRate: options.sampleRate,
    sourceRate: options.sourceRate,
    frameSamples: 1024,
    primingSamples: 1024,
    encode: broken,
    flush: broken,
    close: () => {
      encoder.closes++;
    },
    describe: () => 'broken',
  });
  const pool = { bindPair: () => Promise.resolve(ports) } as unknown as RtpPortPool;
  const open = openRtpMedia({
    ports: pool,
    createEncoder,
    metronome,
    deliveries,
    clock: time,
    random,
  });
  return { time, metronome, ports, encoder, open };
}

describe('the media of a leg', () => {
  it('tells once that its path is broken, leaves the beat and frees its ports', async () => {
    const { time, metronome, ports, encoder, open } = setup();
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
});
