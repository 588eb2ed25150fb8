import { invariant, micros, randomHex } from '#foundation';
import type { Clock, Micros, RandomSource } from '#foundation';
import { Fault } from '#domain';
import type { AudioCodec, CallSpec } from '#domain';
import { NoRtpPortsError } from '#adapters/udp-node';
import type { RtpPortPool, RtpPorts } from '#adapters/udp-node';
import {
  FanOut,
  INAUDIBLE,
  RtcpReporter,
  ReturnStream,
  createAudioPath,
  soundRateOf,
} from '#media';
import type {
  AacEncoderFactory,
  AudioFormat,
  AudioPath,
  DeliveryQueue,
  JitterRange,
  Metronome,
  Sink,
  Ticked,
} from '#media';
import type { FlvTag } from '#protocol/flv';
import { isRtcp } from '#protocol/rtp';
import type { NegotiatedAudio, RtpFormat } from '#protocol/sdp';
import type { AudioDecoders } from '../audio-decoders.ts';
import { MediaCipher } from './media-cipher.ts';
import type { RefusedPackets } from './media-cipher.ts';
import { MediaFigures } from './media-figures.ts';
import type { FigureSources } from './media-figures.ts';
import { PacketJudge } from './packet-judge.ts';
import type { CallMedia, ForeignPackets, KeyOutcome, MediaStats, OpenMedia } from './ports.ts';

/** Where media is received, and how peers are told. */
export interface MediaNetwork {
  /** Goes into SDP. */
  readonly address: string;
  readonly ports: RtpPortPool;
}

/** What the media of all calls share. */
export interface MediaTools {
  /** One, or one of each IP version, the preferred one first. */
  readonly networks: readonly MediaNetwork[];
  /** How long packets may be made to wait in the jitter buffer. */
  readonly jitter: JitterRange;
  readonly createEncoder: AacEncoderFactory;
  readonly decoders: AudioDecoders;
  readonly metronome: Metronome;
  readonly deliveries: DeliveryQueue;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** `SoundFormat` of AAC (Adobe FLV 10.1 section E.4.2.1). */
const AAC_CODEC_ID = 10;

/** Binds ports for a leg, now; builds its path when it is answered. */
export const openRtpMedia =
  (tools: MediaTools): OpenMedia =>
  async (spec) => {
    const codecs = decodable(spec, tools.decoders);
    const network = networkFor(spec, tools.networks);
    try {
      const ports = await network.ports.bindPair();
      return new RtpMedia({ ports, address: network.address, codecs, spec, tools });
    } catch (error) {
      const detail = error instanceof NoRtpPortsError ? error.message : 'no RTP port can be bound';
      throw new Fault('MEDIA_FAILED', { detail, cause: error });
    }
  };

/** @throws Fault CODEC_MISSING when there is nothing that a peer could send. */
function decodable({ media }: CallSpec, { missing }: AudioDecoders): readonly AudioCodec[] {
  const asked = media.audio.codecs;
  const codecs = asked.filter((codec) => !missing.has(codec));
  if (codecs.length > 0) return codecs;
  const detail = asked.map((codec) => missing.get(codec)).join('; ');
  throw new Fault('CODEC_MISSING', { detail });
}

const isIpv6 = (address: string): boolean => address.includes(':');

/** The network for a peer that is called at an address; for a name the first, whatever addresses the name has. */
function networkFor(spec: CallSpec, networks: readonly MediaNetwork[]): MediaNetwork {
  const nextHop = spec.outboundProxy ?? spec.to;
  const host = /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[\d.]+(?=[:;?]|$))/i.exec(nextHop)?.[1];
  const fitting = networks.find(
    ({ address }) => host !== undefined && isIpv6(address) === isIpv6(host),
  );
  const network = fitting ?? networks[0];
  invariant(network !== undefined, 'media has an address');
  return network;
}

/** Comfort noise (RFC 3389): static payload type of RFC 3551, sent by many without a word in SDP. */
const COMFORT_NOISE = 13;

const heardFormat = ({ codec, clockRate, channels }: RtpFormat): AudioFormat =>
  codec === 'telephone-event' ? INAUDIBLE : { codec, clockRate, channels };

/**
 * What may arrive: the codecs, and what takes a place in the sequence but is never heard.
 *
 * @param before What was agreed until now: packets of it are still on their way (RFC 3264 section 8.3.2).
 */
function heardTypes(audio: NegotiatedAudio, before?: NegotiatedAudio): Map<number, AudioFormat> {
  const types = new Map<number, AudioFormat>();
  for (const { payloadTypes } of [audio, before ?? audio]) {
    for (const [type, format] of payloadTypes) {
      if (!types.has(type)) types.set(type, heardFormat(format));
    }
  }
  if (!types.has(COMFORT_NOISE)) {
    types.set(COMFORT_NOISE, { codec: 'CN', clockRate: 8000, channels: 1 });
  }
  return types;
}

/** Most offers within a call only refresh the session. */
function isSameSession(one: NegotiatedAudio, other: NegotiatedAudio | undefined): boolean {
  const facts = (audio: NegotiatedAudio | undefined): string =>
    JSON.stringify([
      audio?.codec,
      audio?.payloadType,
      [...(audio?.payloadTypes ?? [])],
      audio?.direction,
      audio?.remote,
      audio?.isHeld,
      audio?.telephoneEvent,
      audio?.rtcpMux,
      audio?.security?.suite,
      audio?.security?.localKeySalt.reveal(),
      audio?.security?.remoteKeySalt.reveal(),
    ]);
  return facts(one) === facts(other);
}

/** The payload type for keys; undefined while none can be pressed: not agreed, on hold, or no address to send to. */
const keyTypeOf = ({ telephoneEvent, isHeld, remote }: NegotiatedAudio): number | undefined =>
  isHeld || remote === undefined ? undefined : telephoneEvent;

interface RtpMediaOptions {
  readonly ports: RtpPorts;
  readonly address: string;
  readonly codecs: readonly AudioCodec[];
  readonly spec: CallSpec;
  readonly tools: MediaTools;
}

/** The media of one leg: two sockets, a path driven by the metronome, reports and, where agreed, silence and keys back. */
class RtpMedia implements CallMedia, Ticked {
  readonly localAddress: string;
  readonly codecs: readonly AudioCodec[];
  readonly metadata: CallMedia['metadata'];
  readonly #ports: RtpPorts;
  readonly #spec: CallSpec;
  readonly #tools: MediaTools;
  /** The same for the whole call (RFC 7022). */
  readonly #cname: string;
  readonly #cipher = new MediaCipher();
  readonly #judge = new PacketJudge(this.#cipher);
  readonly #figures = new MediaFigures();
  #path: AudioPath | undefined;
  /** As they stood when the path ended. */
  #lastStats: MediaStats | undefined;
  #reporter: RtcpReporter | undefined;
  /** One for the whole leg, so that a peer hears one source whatever is agreed anew. */
  readonly #stream: ReturnStream;
  #audio: NegotiatedAudio | undefined;
  #onBroken: ((fault: Fault) => void) | undefined;
  #beatMicros = micros(0);

  constructor({ ports, address, codecs, spec, tools }: RtpMediaOptions) {
    this.localAddress = address;
    this.codecs = codecs;
    this.#ports = ports;
    this.#spec = spec;
    this.#tools = tools;
    this.#cname = randomHex(tools.random, 12);
    const { random } = tools;
    this.#stream = new ReturnStream({
      ssrc: random.below(2 ** 32),
      // With SRTP a wrap among the first packets, if they are lost, would never be noticed (RFC 4568 section 6.4).
      firstSequence: random.below(2 ** 15),
      firstTimestamp: random.below(2 ** 32),
    });
    const { sampleRate, channels = 1, bitrateKbps } = spec.media.audio;
    this.metadata = {
      audiocodecid: AAC_CODEC_ID,
      audiosamplerate: sampleRate,
      audiosamplesize: 16,
      audiodatarate: bitrateKbps,
      audiochannels: channels,
      stereo: channels === 2,
      encoder: 'Callcast',
    };
  }

  get localPort(): number {
    return this.#ports.port;
  }

  get localRtcpPort(): number {
    return this.#ports.rtcpPort;
  }

  get lastPacketMicros(): Micros | undefined {
    return this.#path?.lastPacketAt;
  }

  get loudness(): CallMedia['loudness'] {
    return this.#path?.loudness;
  }

  get roundTripMs(): number | undefined {
    return this.#reporter?.roundTripMs;
  }

  start(audio: NegotiatedAudio, onBroken: (fault: Fault) => void): void {
    const { createEncoder, decoders, jitter, metronome, deliveries } = this.#tools;
    const { sampleRate, channels = 1, bitrateKbps } = this.#spec.media.audio;
    this.#audio = audio;
    const payloadTypes = heardTypes(audio);
    this.#secure(audio, payloadTypes);
    const [first = INAUDIBLE] = payloadTypes.values();
    const path = createAudioPath({
      payloadTypes,
      createDecoder: decoders.create,
      jitter,
      fanOut: new FanOut(deliveries),
      // The rate of the path for its whole life, whatever is agreed later.
      encoder: createEncoder({
        sourceRate: soundRateOf(first),
        sampleRate,
        channels,
        bitrateKbps,
      }),
    });
    this.#path = path;
    this.#onBroken = onBroken;
    this.#direct(audio);
    this.#report(path);
    const { isRtpGenuine, isRtcpGenuine } = this.#judge;
    this.#ports.onRtp((bytes, now) => this.#guard(() => this.#hear(bytes, now)), isRtpGenuine);
    this.#ports.onRtcp(
      (bytes, now) => this.#guard(() => this.#hearReport(bytes, now)),
      isRtcpGenuine,
    );
    path.start();
    metronome.add(this);
  }

  change(audio: NegotiatedAudio): void {
    const path = this.#path;
    if (path === undefined || isSameSession(audio, this.#audio)) return;
    this.#guard(() => this.#follow(path, audio));
  }

  #follow(path: AudioPath, audio: NegotiatedAudio): void {
    const before = this.#audio;
    this.#audio = audio;
    const payloadTypes = heardTypes(audio, before);
    this.#secure(audio, payloadTypes);
    path.renegotiate(payloadTypes);
    // Packets were left out while the call was held: their absence is not loss.
    if (before?.isHeld === true) path.forgetSource();
    this.#direct(audio);
  }

  /** Follows which packets are the peer's. */
  #secure(audio: NegotiatedAudio, payloadTypes: ReadonlyMap<number, unknown>): void {
    this.#cipher.agree(audio.security);
    this.#judge.agree(payloadTypes.keys(), audio.rtcpMux === true);
  }

  /** Music on hold is not what the call is about. */
  #hear(datagram: Uint8Array, now: Micros): void {
    if (this.#audio?.rtcpMux === true && isRtcp(datagram)) {
      this.#hearReport(datagram, now);
      return;
    }
    // Opened on hold too: the roll-over counter has to follow.
    const packet = this.#cipher.openRtp(datagram);
    if (packet !== undefined && this.#audio?.isHeld === false) this.#path?.receive(packet, now);
  }

  #hearReport(datagram: Uint8Array, now: Micros): void {
    const report = this.#cipher.openRtcp(datagram);
    if (report !== undefined) this.#reporter?.receive(report, now);
  }

  /** Follows where the peer wants its packets, and whether it wants any. */
  #direct(audio: NegotiatedAudio): void {
    // Without an address the peer is expected back where it was.
    if (audio.remote !== undefined) {
      const { address, port, rtcpPort } = audio.remote;
      this.#ports.setRemote(address, port, rtcpPort);
    }
    const { payloadType, payloadTypes, clockRate } = audio;
    const format = payloadTypes.get(payloadType);
    const weSend = audio.direction === 'sendrecv' || audio.direction === 'sendonly';
    this.#stream.setClock(clockRate);
    this.#stream.setSilence(
      weSend && format !== undefined ? { format: heardFormat(format), payloadType } : undefined,
    );
    if (keyTypeOf(audio) === undefined) this.#stream.release();
  }

  /** Reports on what is received and, if anything was, on what is sent. One for the leg: what it has heard stays true. */
  #report(receiving: AudioPath): void {
    this.#reporter ??= new RtcpReporter({
      ssrc: this.#stream.ssrc,
      cname: this.#cname,
      random: this.#tools.random,
      receiving,
      sending: this.#stream,
    });
  }

  press(keys: string, onOver: (outcome: KeyOutcome) => void): void {
    const audio = this.#audio;
    const payloadType = audio && keyTypeOf(audio);
    if (audio?.isHeld === true) onOver('held');
    else if (this.#path === undefined || payloadType === undefined) onOver('impossible');
    else {
      const tell = (isComplete: boolean): void => onOver(isComplete ? 'pressed' : 'cut');
      const clock = audio?.payloadTypes.get(payloadType)?.clockRate;
      this.#stream.press({
        keys,
        payloadType,
        onOver: tell,
        ...(clock === undefined ? {} : { clockRate: clock }),
      });
    }
  }

  /** A bug ends this call and no other: thrown out of a socket it would end the process. */
  #guard(run: () => void): void {
    if (this.#onBroken === undefined) return;
    try {
      run();
    } catch (cause) {
      const tell = this.#onBroken;
      this.#onBroken = undefined;
      this.#tools.metronome.remove(this);
      this.#stream.release();
      tell(new Fault('MEDIA_FAILED', { detail: String(cause), cause }));
    }
  }

  tick(now: Micros): void {
    this.#beatMicros = now;
    this.#guard(this.#beat);
  }

  settle(): void {
    this.#guard(this.#encode);
  }

  readonly #encode = (): void => this.#path?.encode();

  readonly #beat = (): void => {
    const now = this.#beatMicros;
    this.#path?.gather(now);
    if (this.#path !== undefined && this.#figures.tick()) {
      this.#figures.measure(this.#sourcesOf(this.#path));
    }
    const packet = this.#stream.next();
    const closed = packet && this.#cipher.closeRtp(packet);
    if (closed !== undefined) this.#ports.sendRtp(closed);
    if (this.#takesPackets) this.#sendReport(this.#reporter?.tick(now));
  };

  /** A peer with an address of zeros takes none, reports included. */
  get #takesPackets(): boolean {
    return this.#audio?.remote !== undefined;
  }

  #sendReport(report: Uint8Array | undefined): void {
    const closed = report && this.#cipher.closeRtcp(report);
    if (closed === undefined) return;
    if (this.#audio?.rtcpMux === true) this.#ports.sendRtp(closed);
    else this.#ports.sendRtcp(closed);
  }

  attach(write: (tag: FlvTag) => void): () => void {
    const fanOut = this.#path?.fanOut;
    if (fanOut === undefined)
      throw new Fault('MEDIA_FAILED', { detail: 'the path has not started' });
    const sink: Sink<FlvTag> = {
      write,
      tick: () => undefined,
      end: () => undefined,
      describe: () => 'rtmp',
    };
    fanOut.add(sink);
    return () => fanOut.remove(sink);
  }

  describe(): string {
    const stages = [this.#cipher.describe(), this.#path?.describe()];
    return stages.filter((stage) => stage !== undefined).join(' > ');
  }

  foreignPackets(): ForeignPackets {
    const ofOtherSources = this.#path?.foreignSourceCount ?? 0;
    const notRtcp = this.#reporter?.malformed ?? 0;
    return { fromElsewhere: this.#ports.stats().foreign, ofOtherSources, notRtcp };
  }

  refusedPackets(): RefusedPackets {
    return this.#cipher.refused();
  }

  stats(): MediaStats | undefined {
    if (this.#path === undefined) return this.#lastStats;
    const srtp = Object.values(this.#cipher.refused()).reduce((sum, count) => sum + count, 0);
    const otherAddress = this.#ports.stats().foreign;
    return this.#figures.take(this.#sourcesOf(this.#path), { otherAddress, srtp });
  }

  #sourcesOf(path: AudioPath): FigureSources {
    const { roundTripMs } = this;
    const { loudness } = path;
    const stats = path.stats();
    const { payloadTypes, codec: agreed = '' } = this.#audio ?? {};
    // A peer may use any codec of the agreement, and change it at any time.
    const heard = payloadTypes?.get(stats.payloadType ?? -1)?.codec ?? agreed;
    const codec = heard === 'CN' ? agreed : heard;
    return { path: stats, loudness, codec, roundTripMs };
  }

  stop(): void {
    this.#lastStats = this.stats();
    this.#tools.metronome.remove(this);
    this.#stream.release();
    const { clock } = this.#tools;
    if (this.#takesPackets) this.#sendReport(this.#reporter?.bye(clock.nowMicros()));
    this.#reporter = undefined;
    // The call ends anyway: what the last flush meets must keep neither the ports nor the leg.
    this.#onBroken = () => undefined;
    this.#guard(() => this.#path?.end());
    this.#onBroken = undefined;
    this.#path = undefined;
    this.#ports.close();
  }
}
