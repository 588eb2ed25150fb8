import type { Clock, Micros, RandomSource } from '#foundation';
import { Fault } from '#domain';
import type { RtpPorts } from '#adapters/udp-node';
import type { AudioFormat, AudioPath, FanOut, Metronome, Sink, Ticked } from '#media';
import type { FlvTag } from '#protocol/flv';
import { isRtcp } from '#protocol/rtp';
import type { NegotiatedAudio } from '#protocol/sdp';
import { codecOf, heardTypes, isSameSession, silenced } from './agreed-audio.ts';
import { MediaCipher } from './media-cipher.ts';
import type { RefusedPackets } from './media-cipher.ts';
import { MediaFigures } from './media-figures.ts';
import type { FigureSources } from './media-figures.ts';
import { PacketJudge } from './packet-judge.ts';
import type { CallMedia, ForeignPackets, KeyOutcome, MediaStats, OpusSource } from './ports.ts';
import { ReturnSide } from './return-side.ts';
import type { ReturnSideOptions } from './return-side.ts';

/** What the media of a leg is made of. */
export interface RtpMediaOptions extends Pick<CallMedia, 'codecs' | 'metadata'> {
  readonly ports: RtpPorts;
  /** Facts for `onMetaData` of a stream of Opus. */
  readonly opusMetadata: CallMedia['metadata'];
  /** Goes into SDP. */
  readonly address: string;
  /** Builds the path, once, for what may arrive first. */
  readonly openPath: (payloadTypes: ReadonlyMap<number, AudioFormat>) => AudioPath;
  readonly resolveHost: ReturnSideOptions['resolveHost'];
  readonly metronome: Metronome;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const NO_DATAGRAM: Uint8Array = new Uint8Array(0);

/** The media of one leg: two sockets, a path driven by the metronome, and the way back. */
export class RtpMedia implements CallMedia, Ticked {
  readonly localAddress: string;
  readonly codecs: CallMedia['codecs'];
  readonly metadata: CallMedia['metadata'];
  readonly #ports: RtpPorts;
  readonly #options: RtpMediaOptions;
  readonly #cipher = new MediaCipher();
  readonly #judge = new PacketJudge(this.#cipher);
  readonly #figures = new MediaFigures();
  readonly #back: ReturnSide;
  #path: AudioPath | undefined;
  /** As they stood when the path ended. */
  #lastStats: MediaStats | undefined;
  #lastForeign: ForeignPackets | undefined;
  #audio: NegotiatedAudio | undefined;
  #onBroken: ((fault: Fault) => void) | undefined;
  #isMuted = false;
  #firstPacketMicros: Micros | undefined;

  constructor(options: RtpMediaOptions) {
    const { ports, address, codecs, metadata } = options;
    this.localAddress = address;
    this.codecs = codecs;
    this.metadata = metadata;
    this.#ports = ports;
    this.#options = options;
    this.#back = new ReturnSide({
      ...options,
      cipher: this.#cipher,
      onLost: (fault) => this.#break(fault),
    });
  }

  get localPort(): number {
    return this.#ports.port;
  }

  get localRtcpPort(): number {
    return this.#ports.rtcpPort;
  }

  get firstPacketMicros(): Micros | undefined {
    return this.#firstPacketMicros;
  }

  get lastPacketMicros(): Micros | undefined {
    return this.#path?.lastPacketAt;
  }

  get loudness(): CallMedia['loudness'] {
    return this.#path?.loudness;
  }

  get roundTripMs(): number | undefined {
    return this.#back.roundTripMs;
  }

  start(audio: NegotiatedAudio, onBroken: (fault: Fault) => void): void {
    this.#audio = audio;
    const payloadTypes = heardTypes(audio);
    this.#secure(audio, payloadTypes);
    const path = this.#options.openPath(payloadTypes);
    path.mute(this.#isMuted);
    this.#path = path;
    this.#onBroken = onBroken;
    this.#back.direct(audio);
    this.#back.report(path);
    const { isRtpGenuine, isRtcpGenuine } = this.#judge;
    this.#ports.onRtp((bytes, now) => this.#guard(this.#hear, now, bytes), isRtpGenuine);
    this.#ports.onRtcp((bytes, now) => this.#guard(this.#hearReport, now, bytes), isRtcpGenuine);
    path.start();
    this.#options.metronome.add(this);
  }

  change(audio: NegotiatedAudio): void {
    const path = this.#path;
    if (path === undefined || isSameSession(audio, this.#audio)) return;
    this.#guard(() => this.#follow(path, audio), this.#options.clock.nowMicros());
  }

  leave(): void {
    const audio = this.#audio;
    const path = this.#path;
    if (audio === undefined || path === undefined) return;
    const gone = silenced(audio);
    this.#guard(() => {
      this.#audio = gone;
      this.#back.direct(gone);
      path.forgetSource();
    }, this.#options.clock.nowMicros());
    this.#ports.forgetRemote();
    this.#cipher.forget();
  }

  #follow(path: AudioPath, audio: NegotiatedAudio): void {
    const before = this.#audio;
    this.#audio = audio;
    const payloadTypes = heardTypes(audio, before);
    this.#secure(audio, payloadTypes);
    path.renegotiate(payloadTypes);
    // Packets were left out while the call was held: their absence is not loss.
    if (before?.isHeld === true) path.forgetSource();
    this.#back.direct(audio);
  }

  /** Follows which packets are the peer's. */
  #secure(audio: NegotiatedAudio, payloadTypes: ReadonlyMap<number, unknown>): void {
    this.#cipher.agree(audio.security);
    this.#judge.agree(payloadTypes.keys(), audio.rtcpMux === true);
  }

  /** Music on hold is not what the call is about. */
  readonly #hear = (now: Micros, datagram: Uint8Array): void => {
    if (this.#audio?.rtcpMux === true && isRtcp(datagram)) {
      this.#hearReport(now, datagram);
      return;
    }
    // Opened on hold too: the roll-over counter has to follow.
    const packet = this.#cipher.openRtp(datagram);
    if (packet === undefined || this.#audio?.isHeld !== false) return;
    this.#path?.receive(packet, now);
    this.#firstPacketMicros ??= this.#path?.lastPacketAt;
  };

  readonly #hearReport = (now: Micros, datagram: Uint8Array): void => {
    const report = this.#cipher.openRtcp(datagram);
    if (report !== undefined) this.#back.hear(report, now);
  };

  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#path?.mute(isMuted);
  }

  press(keys: string, onOver: (outcome: KeyOutcome) => void): void {
    this.#back.press(keys, onOver);
  }

  /**
   * A bug ends this call and no other: thrown out of a socket it would end the process.
   *
   * @param run Made once: this happens for every packet and every beat.
   */
  #guard(
    run: (now: Micros, datagram: Uint8Array) => void,
    now: Micros,
    datagram = NO_DATAGRAM,
  ): void {
    if (this.#onBroken === undefined) return;
    try {
      run(now, datagram);
    } catch (cause) {
      this.#break(new Fault('MEDIA_FAILED', { detail: String(cause), cause }));
    }
  }

  #break(fault: Fault): void {
    const tell = this.#onBroken;
    this.#onBroken = undefined;
    this.#options.metronome.remove(this);
    this.#back.release();
    tell?.(fault);
  }

  tick(now: Micros): void {
    this.#guard(this.#beat, now);
  }

  readonly #beat = (now: Micros): void => {
    this.#path?.tick(now);
    if (this.#path !== undefined && this.#figures.tick()) {
      this.#figures.measure(this.#sourcesOf(this.#path));
    }
    this.#back.beat(now);
  };

  get opus(): OpusSource | undefined {
    const passage = this.#path?.opus;
    if (passage?.isOpen !== true) return undefined;
    return {
      metadata: this.#options.opusMetadata,
      attach: (write, onOver) =>
        joined(passage.fanOut, write, () => {
          // Open to its end: then it is the call that is over.
          if (!passage.isOpen) onOver();
        }),
    };
  }

  attach(write: (tag: FlvTag) => void): () => void {
    const fanOut = this.#path?.fanOut;
    if (fanOut === undefined)
      throw new Fault('MEDIA_FAILED', { detail: 'the path has not started' });
    return joined(fanOut, write, () => undefined);
  }

  describe(): string {
    const stages = [this.#cipher.describe(), this.#path?.describe()];
    return stages.filter((stage) => stage !== undefined).join(' > ');
  }

  foreignPackets(): ForeignPackets {
    if (this.#lastForeign !== undefined) return this.#lastForeign;
    const ofOtherSources = this.#path?.foreignSourceCount ?? 0;
    const { notRtcp } = this.#back;
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
    return { path: stats, loudness, codec: codecOf(this.#audio, stats.payloadType), roundTripMs };
  }

  /** The call ends anyway: a bug in any of the last steps must keep neither the ports nor the leg, nor the next step. */
  stop(): void {
    this.#onBroken = undefined;
    this.#options.metronome.remove(this);
    this.#back.release();
    tried(() => (this.#lastStats = this.stats()));
    tried(() => (this.#lastForeign = this.foreignPackets()));
    tried(() => this.#back.leave(this.#options.clock.nowMicros()));
    tried(() => this.#path?.end());
    this.#path = undefined;
    this.#ports.close();
  }
}

/** @returns What takes it out again. */
function joined(fanOut: FanOut, write: (tag: FlvTag) => void, end: () => void): () => void {
  const sink: Sink<FlvTag> = { write, tick: () => undefined, end, describe: () => 'rtmp' };
  fanOut.add(sink);
  return () => fanOut.remove(sink);
}

function tried(step: () => void): void {
  try {
    step();
  } catch {
    // Nothing is left that it could break.
  }
}
