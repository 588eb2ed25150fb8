import { Fault, MediaWatch, mediaLimitsOf } from '#domain';
import type { CallSpec, NewEvent } from '#domain';
import type { Clock, Logger, Micros, Timer, Timers } from '#foundation';
import type { NegotiatedAudio } from '#protocol/sdp';
import type { CallSteps } from './call-steps.ts';
import type { CallWriter } from './call-writer.ts';
import type { CallMedia, MediaStats, OpenMedia } from './ports.ts';

/** What a runner of media works with. */
export interface MediaRunnerOptions {
  readonly spec: CallSpec;
  readonly steps: CallSteps;
  readonly writer: CallWriter;
  readonly openMedia: OpenMedia;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** No packets come, and the call is not to go on like this. */
  readonly onTimeout: (fault: Fault) => void;
}

const CHECK_MS = 1_000;
/** Each change of the source costs a few; one second of a second source is more. */
const SECOND_SOURCE_PACKETS = 50;

const isAny = (counts: object): boolean => Object.values(counts).some((count) => count !== 0);

/**
 * Runs the media of one call: its ports, its path, and the watch on what comes in.
 * Life: `bind`, `start` (perhaps before the answer), `watch` from the answer on, `stop`.
 */
export class MediaRunner {
  readonly #options: MediaRunnerOptions;
  #media: CallMedia | undefined;
  #isStarted = false;
  #shownPath = '';
  #hasToldRefused = false;
  #hasToldSecondSource = false;
  #isHeld = false;
  #isMuted = false;
  #isWatching = false;
  /** From the answer on. */
  #watch: MediaWatch | undefined;
  #check: Timer | undefined;

  constructor(options: MediaRunnerOptions) {
    this.#options = options;
  }

  /** Binds the ports of the leg, in the network that a call leaves by that goes out like this. @throws Fault MEDIA_FAILED. */
  async bind(spec: CallSpec): Promise<CallMedia> {
    const media = await this.#options.openMedia(spec);
    media.mute(this.#isMuted);
    this.#media = media;
    return media;
  }

  /** @throws Fault MEDIA_FAILED before `bind`. */
  get media(): CallMedia {
    if (this.#media === undefined) throw new Fault('MEDIA_FAILED');
    return this.#media;
  }

  /** Whether the path runs. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** When the first packet was heard. */
  get firstPacketMicros(): Micros | undefined {
    return this.#media?.firstPacketMicros;
  }

  /** What was counted of the packets; undefined before the path has begun. */
  stats(): MediaStats | undefined {
    return this.#media?.stats();
  }

  /** Starts the path as it was agreed. @throws Fault MEDIA_FAILED. */
  start(audio: NegotiatedAudio): void {
    this.media.start(audio, (fault) => this.#options.steps.fail(fault));
    this.#isStarted = true;
    this.#showPath();
  }

  /** Follows what is agreed, if the path runs. A peer that comes back from hold has the full time to be heard. */
  change(audio: NegotiatedAudio): void {
    if (this.#isHeld && !audio.isHeld) this.#watch?.restart(this.#options.clock.nowMicros());
    this.#isHeld = audio.isHeld;
    if (!this.#isStarted) return;
    this.media.change(audio);
    this.#showPath();
  }

  /** Puts silence on air in the place of what comes in, or ends that. The watch goes on: the callee is heard here. */
  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#media?.mute(isMuted);
  }

  /** The peer is gone: silence until `change`, and nothing is expected to come until `watch`. */
  leave(): void {
    this.#isWatching = false;
    this.#isHeld = true;
    if (this.#isStarted) this.media.leave();
  }

  /** From now on it is told what is wrong with the sound, and a call without packets fails; neither while it is held. */
  watch(): void {
    const { clock, timers, spec } = this.#options;
    this.#isWatching = true;
    if (this.#watch !== undefined) {
      this.#watch.beginAnew(clock.nowMicros());
      return;
    }
    const watch = new MediaWatch(mediaLimitsOf(spec), clock.nowMicros());
    this.#watch = watch;
    this.#check = timers.every(CHECK_MS, () => this.#checkSound(watch));
  }

  /** The call ends: what does not come in any more is no failure. */
  endWatch(): void {
    this.#check?.cancel();
  }

  /** Stops everything; the ports rest. */
  stop(): void {
    this.endWatch();
    this.#media?.stop();
    this.#tellRefused();
  }

  #tellRefused(): void {
    if (this.#media === undefined || this.#hasToldRefused) return;
    this.#hasToldRefused = true;
    const refused = this.#media.refusedPackets();
    const foreign = this.#media.foreignPackets();
    const { logger } = this.#options;
    if (isAny(refused)) logger.info('call.srtp_refused', { ...refused });
    if (isAny(foreign)) logger.info('call.foreign_packets', { ...foreign });
  }

  /** Once: a loop or a fork that talks in between is the peer's fault, and nobody hears it. */
  #tellSecondSource(): void {
    const { ofOtherSources } = this.media.foreignPackets();
    if (this.#hasToldSecondSource || ofOtherSources < SECOND_SOURCE_PACKETS) return;
    this.#hasToldSecondSource = true;
    this.#options.logger.warn('call.second_source', { packets: ofOtherSources });
  }

  /** Writes down what the path is made of, when that has changed. */
  #showPath(): void {
    const mediaPath = this.media.describe();
    if (mediaPath === this.#shownPath) return;
    this.#shownPath = mediaPath;
    const step = { transitions: [], call: { mediaPath }, after: () => undefined };
    void this.#options.writer.write(() => step);
  }

  #checkSound(watch: MediaWatch): void {
    const { lastPacketMicros: lastPacketAt, loudness } = this.media;
    if (!this.#isWatching || this.#isHeld || loudness === undefined) return;
    this.#tellSecondSource();
    const now = this.#options.clock.nowMicros();
    for (const event of watch.check({ lastPacketAt, ...loudness }, now)) this.#tell(event);
  }

  #tell(event: NewEvent): void {
    const { logger, writer, onTimeout, spec } = this.#options;
    const { type, data } = event;
    logger.info(type, data);
    void writer.write(() => ({ transitions: [], events: [event], after: () => undefined }));
    if (type !== 'media.timeout' || mediaLimitsOf(spec).onTimeout === 'keep') return;
    onTimeout(new Fault('RTP_SILENT', { detail: this.#whatCame(String(data['seconds'])) }));
  }

  /** Packets that cannot be heard are another fault than none at all. */
  #whatCame(seconds: string): string {
    const others = this.media.stats()?.refused.unknownPayload ?? 0;
    return others === 0
      ? `no RTP packet in ${seconds} s`
      : `no RTP packet of an agreed payload type in ${seconds} s; ${others} of others have come since the answer`;
  }
}
