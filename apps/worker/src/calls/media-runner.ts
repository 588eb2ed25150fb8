import { Fault } from '#domain';
import type { CallSpec } from '#domain';
import type { Clock, Timer, Timers } from '#foundation';
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
}

const CHECK_MS = 1_000;

/** Runs the media of one call: its ports, its path, and the watch on what comes in. Life: `bind`, `start`, `stop`. */
export class MediaRunner {
  readonly #options: MediaRunnerOptions;
  #media: CallMedia | undefined;
  #check: Timer | undefined;

  constructor(options: MediaRunnerOptions) {
    this.#options = options;
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

  /** Starts the path as it was agreed. @throws Fault MEDIA_FAILED. */
  start(audio: NegotiatedAudio): void {
    const { media } = this;
    const { steps, writer, timers } = this.#options;
    media.start(audio, (fault) => steps.fail(fault));
    void writer.write(() => ({
      transitions: [],
      call: { mediaPath: media.describe() },
      after: () => undefined,
    }));
    this.#check = timers.every(CHECK_MS, () => this.#checkSilence(media));
  }

  /** Follows a changed session. */
  change(audio: NegotiatedAudio): void {
    this.#media?.change(audio);
  }

  hold(): void {
    this.#media?.hold();
  }

  resume(): void {
    this.#media?.resume();
  }

  /** The call ends: what does not come in any more is no failure. */
  endWatch(): void {
    this.#check?.cancel();
  }

  /** Stops everything; the ports rest. */
  stop(): void {
    this.endWatch();
    this.#media?.stop();
  }

  #checkSilence(media: CallMedia): void {
    const { steps, clock, spec } = this.#options;
    if (steps.state !== 'up') return;
    const timeoutMicros = spec.limits.mediaTimeoutSeconds * 1_000_000;
    if (clock.nowMicros() - media.lastPacketMicros > timeoutMicros) {
      steps.fail(new Fault('RTP_SILENT'));
    }
  }
}
