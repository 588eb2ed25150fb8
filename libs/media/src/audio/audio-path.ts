import { micros } from '#foundation';
import type { Micros } from '#foundation';
import { aacSequenceHeaderTag } from '#protocol/flv';
import type { FlvTag } from '#protocol/flv';
import { ReceptionStatistics } from '#protocol/rtp';
import { FanOut } from '../outlet/fan-out.ts';
import { chain } from '../stage.ts';
import type { Sink } from '../stage.ts';
import type { AacEncoder } from './aac-encoder.ts';
import { aacOnDemand } from './aac-on-demand.ts';
import { ComfortNoise } from './comfort-noise.ts';
import { createAudioCounters } from './audio-counters.ts';
import type { AudioCounters } from './audio-counters.ts';
import { createBuiltInDecoder } from './built-in-decoders.ts';
import type { AudioDecoderFactory } from './audio-decoder.ts';
import type { AudioFormat } from './audio-format.ts';
import { decodeAudio } from './decode-audio.ts';
import { encodeAac } from './encode-aac.ts';
import { fillGaps } from './fill-gaps.ts';
import { gatherPcm } from './gather-pcm.ts';
import { hearComfortNoise } from './hear-comfort-noise.ts';
import { jitterBuffer } from './jitter-buffer.ts';
import { SourcePin, lockSource } from './lock-source.ts';
import { LevelMeter, measureLevel } from './measure-level.ts';
import { measureReception } from './measure-reception.ts';
import { parseRtpPackets } from './parse-rtp.ts';
import type { Datagram } from './parse-rtp.ts';
import { muteAudio } from './mute-audio.ts';
import type { MuteSwitch } from './mute-audio.ts';
import { OpusGate, passOpus } from './pass-opus.ts';
import type { OpusPassage } from './pass-opus.ts';
import { PayloadTable } from './payload-table.ts';
import { PlayoutMeter } from './playout-meter.ts';
import type { JitterRange } from './playout-speed.ts';
import { Playout } from './playout.ts';
import { resampleAudio } from './resample-audio.ts';
import { tagAac } from './tag-aac.ts';
import { unwrapTime } from './unwrap-time.ts';

/** What negotiation decided about a call's audio, and where it goes. */
export interface AudioPathOptions {
  /**
   * From RTP payload type, 0 to 127, to what it carries; what is expected comes first. Others are dropped and counted.
   */
  readonly payloadTypes: ReadonlyMap<number, AudioFormat>;
  /** Default: what needs nothing but this library. */
  readonly createDecoder?: AudioDecoderFactory;
  /** How long packets may be made to wait in the jitter buffer. Default: 40 to 300 ms, as the network needs it. */
  readonly jitter?: JitterRange;
  /**
   * The path owns it and closes it at the end. What it takes is the rate and the channels of the path for its whole life:
   * codecs with others are converted.
   */
  readonly encoder: AacEncoder;
  /** Where the tags go. The path ends it at its own end. Default: a new one. */
  readonly fanOut?: FanOut;
  /** Whether Opus is given as it comes besides, and AAC only encoded while somebody listens to it. Default: no. */
  readonly passthrough?: boolean;
}

/** What a path has counted and measured so far. */
export interface AudioPathStats extends Readonly<AudioCounters> {
  /** Interarrival jitter (RFC 3550 section 6.4.1). */
  readonly jitterMs: number;
  /** Delay that the jitter buffer adds now. */
  readonly bufferMs: number;
  /** What the jitter buffer wants that delay to be for the fastest packets. */
  readonly targetMs: number;
  /** How much faster the sender's clock runs than ours, in millionths; 0 while that is not known. */
  readonly driftPpm: number;
  /** The source that is listened to; undefined before the first packet. */
  readonly ssrc: number | undefined;
  /** RTP payload type of the last packet that could be heard; undefined before the first. */
  readonly payloadType: number | undefined;
  /** When the last accepted packet came; undefined before the first. */
  readonly lastPacketAt: Micros | undefined;
  /** Loudness of the last second on air, as it would be without a mute; -127 for silence. */
  readonly levelDbfs: number;
}

const DEFAULT_JITTER: JitterRange = { minMs: 40, maxMs: 300 };
/** Two at once cost 10 ms of delay on average and save two of five writes: 6 % of all that a call costs. */
const TICKS_SENT_TOGETHER = 2;

/**
 * A call's audio on its way from RTP datagrams to FLV tags. Reads no clock: packets come with their time and
 * `tick` is called every 20 ms, for which exactly 20 ms go out, whatever came in.
 *
 * @remarks Delay: the jitter target, up to two ticks, and the encoder's. A tick before `start` or after `end`
 * does nothing.
 */
export class AudioPath {
  readonly fanOut: FanOut;
  /** What arrives, for RTCP. */
  readonly reception: ReceptionStatistics;
  /** Opus as it comes; undefined when it was not asked for. */
  readonly opus: OpusPassage | undefined;
  readonly #payloads: PayloadTable;
  readonly #pin = new SourcePin();
  readonly #counters = createAudioCounters();
  readonly #meter = new LevelMeter();
  readonly #mute: MuteSwitch = { isMuted: false };
  readonly #playout = new PlayoutMeter();
  readonly #encoder: AacEncoder;
  readonly #head: Sink<Datagram>;
  readonly #datagram: { bytes: Uint8Array; arrivalMicros: Micros } = {
    bytes: new Uint8Array(0),
    arrivalMicros: micros(0),
  };
  #state: 'waiting' | 'running' | 'ended' = 'waiting';
  #lastPacketAt: Micros | undefined;

  constructor({
    payloadTypes,
    createDecoder = createBuiltInDecoder,
    jitter = DEFAULT_JITTER,
    encoder,
    fanOut,
    passthrough = false,
  }: AudioPathOptions) {
    this.#payloads = new PayloadTable(payloadTypes, createDecoder);
    const { main } = this.#payloads;
    this.reception = new ReceptionStatistics(main.clockRate);
    this.#encoder = encoder;
    this.fanOut = fanOut ?? new FanOut();
    const gate = passthrough ? new OpusGate(new FanOut(), main.isOpus === true) : undefined;
    this.opus = gate;
    this.#head = this.#assemble(jitter, gate);
  }

  #assemble(range: JitterRange, gate: OpusGate | undefined): Sink<Datagram> {
    const counters = this.#counters;
    const playout = new Playout();
    const noise = new ComfortNoise();
    const { sampleRate: codecRate, clockRate } = this.#payloads.main;
    const { sourceRate: sampleRate, channels } = this.#encoder;
    const toDecoder = chain<Datagram>()
      .to(parseRtpPackets(counters))
      .to(lockSource({ payloads: this.#payloads, pin: this.#pin, counters }))
      .to(unwrapTime({ clockRate, counters }))
      .to(measureReception(this.reception))
      .to(hearComfortNoise(noise))
      .to(jitterBuffer({ range, clockRate, counters, playout, meter: this.#playout }));
    const toPcm =
      gate === undefined
        ? toDecoder
        : toDecoder.to(
            passOpus({ gate, mute: this.#mute, playout, channels: this.#payloads.main.channels }),
          );
    const toEncoder = toPcm
      .to(decodeAudio(this.#payloads))
      .to(fillGaps({ sampleRate: codecRate, counters, noise }))
      .to(resampleAudio({ sampleRate, channels, playout }))
      .to(measureLevel(this.#meter))
      .to(muteAudio(this.#mute, channels))
      .to(gatherPcm({ sampleRate, channels, ticks: TICKS_SENT_TOGETHER }));
    return gate === undefined
      ? toEncoder.to(encodeAac(this.#encoder)).to(tagAac(this.#encoder)).into(this.fanOut)
      : toEncoder.into(aacOnDemand(this.#encoder, this.fanOut));
  }

  /** When the last accepted packet came; undefined before the first. */
  get lastPacketAt(): Micros | undefined {
    return this.#lastPacketAt;
  }

  /** Packets of other sources than the one that is heard. */
  get foreignSourceCount(): number {
    return this.#counters.foreignSource;
  }

  /** Puts silence on air in the place of what comes in, from the next tick on, or ends that. */
  mute(isMuted: boolean): void {
    this.#mute.isMuted = isMuted;
  }

  /** How loud it is on air, or would be without a mute. */
  get loudness(): Readonly<LevelMeter> {
    return this.#meter;
  }

  /** Takes what the RTP socket received; the bytes are free again when it returns. */
  receive(datagram: Uint8Array, now: Micros): void {
    if (this.#state === 'ended') return;
    const before = this.#counters.packets;
    this.#datagram.bytes = datagram;
    this.#datagram.arrivalMicros = now;
    this.#head.write(this.#datagram);
    if (this.#counters.packets !== before) this.#lastPacketAt = now;
  }

  /** Begins the broadcast: from now on every tick puts out 20 ms. */
  start(): void {
    if (this.#state === 'waiting') this.#state = 'running';
  }

  /** Called once for every 20 ms of the broadcast: 20 ms go out, or wait for those that follow. */
  tick(now: Micros): void {
    if (this.#state === 'running') this.#head.tick(now);
  }

  /** Flushes and closes the encoder and ends the fan-out; may be called twice. */
  end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    try {
      this.#head.end();
    } finally {
      // A broken flush must not keep the encoder's memory.
      this.#encoder.close();
    }
  }

  /** Follows a new agreement with the peer; the next packet chooses the source. */
  renegotiate(payloadTypes: ReadonlyMap<number, AudioFormat>): void {
    this.#payloads.replace(payloadTypes);
    this.#pin.release();
  }

  /** Packets were kept from the path on purpose: what comes next is a new beginning, and no loss. */
  forgetSource(): void {
    this.#pin.forget();
  }

  /** The tag that tells decoders what the stream is. */
  sequenceHeaderTag(): FlvTag {
    return aacSequenceHeaderTag(this.#encoder.audioSpecificConfig, 0);
  }

  /** The path in words, stage by stage. */
  describe(): string {
    return this.#head.describe();
  }

  /** A copy of all figures. */
  stats(): AudioPathStats {
    const counters = this.#counters;
    // Field by field: spread, the object would be a dictionary of 7 KB, twice a second for every call.
    return {
      packets: counters.packets,
      bytes: counters.bytes,
      malformed: counters.malformed,
      unknownPayload: counters.unknownPayload,
      foreignSource: counters.foreignSource,
      strays: counters.strays,
      restarts: counters.restarts,
      played: counters.played,
      lost: counters.lost,
      lossBursts: counters.lossBursts,
      late: counters.late,
      duplicates: counters.duplicates,
      reordered: counters.reordered,
      overflowed: counters.overflowed,
      trimmedMs: counters.trimmedMs,
      playedMs: counters.playedMs,
      concealedMs: counters.concealedMs,
      silenceMs: counters.silenceMs,
      jitterMs: this.reception.jitterMs,
      bufferMs: this.#playout.bufferMs,
      targetMs: this.#playout.targetMs,
      driftPpm: this.#playout.driftPpm,
      ssrc: this.#pin.ssrc,
      payloadType: this.#pin.payloadType,
      lastPacketAt: this.#lastPacketAt,
      levelDbfs: this.#meter.levelDbfs,
    };
  }
}

/** Assembles the audio path of one call. */
export function createAudioPath(options: AudioPathOptions): AudioPath {
  return new AudioPath(options);
}
