import { Fault } from '#domain';
import type { CallSpec } from '#domain';
import type { Clock, Logger, Micros, Timer, Timers } from '#foundation';
import type { NegotiatedAudio } from '#protocol/sdp';
import type { CallSteps } from './call-steps.ts';
import type { CallWriter } from './call-writer.ts';
import type { CallMedia, OpenMedia } from './ports.ts';

/** What a runner of media works with. */
export interface MediaRunnerOptions {
  readonly spec: CallSpec;
  readonly steps: CallSteps;
  readonly writer: CallWriter;
  readonly openMedia: OpenMedia;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

const CHECK_MS = 1_000;

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
  #isHeld = false;
  /** Since when packets are expected. */
  #watchedFrom: Micros;
  #check: Timer | undefined;

  constructor(options: MediaRunnerOptions) {
    this.#options = options;
    this.#watchedFrom = options.clock.nowMicros();
  }

  /** Binds the ports of the leg. @throws Fault MEDIA_FAILED. */
  async bind(): Promise<CallMedia> {
    const { openMedia, spec } = this.#options;
    this.#media = await openMedia(spec);
    return this.#media;
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

  /** Starts the path as it was agreed. @throws Fault MEDIA_FAILED. */
  start(audio: NegotiatedAudio): void {
    this.media.start(audio, (fault) => this.#options.steps.fail(fault));
    this.#isStarted = true;
    this.#showPath();
  }

  /** Follows what is agreed, if the path runs. A peer that comes back from hold has the full time to be heard. */
  change(audio: NegotiatedAudio): void {
    if (this.#isHeld && !audio.isHeld) this.#watchedFrom = this.#options.clock.nowMicros();
    this.#isHeld = audio.isHeld;
    if (!this.#isStarted) return;
    this.media.change(audio);
    this.#showPath();
  }

  /** From now on a call without packets fails, unless it is held. */
  watch(): void {
    const { clock, timers } = this.#options;
    this.#watchedFrom = clock.nowMicros();
    this.#check = timers.every(CHECK_MS, () => this.#checkSilence());
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
    const refused = this.#media?.refusedPackets();
    if (refused === undefined || this.#hasToldRefused) return;
    if (!Object.values(refused).some((count) => count > 0)) return;
    this.#hasToldRefused = true;
    this.#options.logger.info('call.srtp_refused', { ...refused });
  }

  /** Writes down what the path is made of, when that has changed. */
  #showPath(): void {
    const mediaPath = this.media.describe();
    if (mediaPath === this.#shownPath) return;
    this.#shownPath = mediaPath;
    const step = { transitions: [], call: { mediaPath }, after: () => undefined };
    void this.#options.writer.write(() => step);
  }

  #checkSilence(): void {
    if (this.#isHeld) return;
    const { steps, clock, spec } = this.#options;
    const lastPacketAt = this.media.lastPacketMicros ?? this.#watchedFrom;
    const silentMicros = clock.nowMicros() - Math.max(lastPacketAt, this.#watchedFrom);
    const { mediaTimeoutSeconds } = spec.limits;
    if (silentMicros > mediaTimeoutSeconds * 1_000_000) {
      steps.fail(new Fault('RTP_SILENT', { detail: `no RTP packet in ${mediaTimeoutSeconds} s` }));
    }
  }
}
