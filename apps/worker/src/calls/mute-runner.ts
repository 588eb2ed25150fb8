import { Fault, canBroadcast, muteEvent } from '#domain';
import type { CallRecord } from '#domain';
import type { CallSteps } from './call-steps.ts';
import type { CallWriter } from './call-writer.ts';
import type { MediaRunner } from './media-runner.ts';

/** What a runner of the mute works with. */
export interface MuteRunnerOptions {
  readonly record: Pick<CallRecord, 'muted'>;
  readonly media: Pick<MediaRunner, 'mute'>;
  readonly steps: Pick<CallSteps, 'state'>;
  readonly writer: CallWriter;
}

/** Puts silence on air in the place of the callee, by command or until a hold of ours is in force. */
export class MuteRunner {
  readonly #options: MuteRunnerOptions;
  #isMuted: boolean;
  #isHeldBack = false;

  constructor(options: MuteRunnerOptions) {
    this.#options = options;
    this.#isMuted = options.record.muted;
    this.#apply();
  }

  /** Mutes the call, or ends that, by command; resolves when it is written. @throws Fault CALL_ALREADY_ENDED. */
  async mute(isMuted: boolean): Promise<void> {
    const outcome = { isDone: false };
    await this.#options.writer.write(() => {
      if (!canBroadcast(this.#options.steps.state)) return undefined;
      const type = muteEvent(isMuted, { muted: this.#isMuted });
      outcome.isDone = type === undefined;
      if (type === undefined) return undefined;
      return {
        transitions: [],
        call: { muted: isMuted },
        events: [{ type, data: {} }],
        after: () => {
          outcome.isDone = true;
          this.#isMuted = isMuted;
          this.#apply();
        },
      };
    });
    if (!outcome.isDone) throw new Fault('CALL_ALREADY_ENDED');
  }

  /** The callee is not to be heard, whether the call is muted or not. */
  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    this.#apply();
  }

  #apply(): void {
    this.#options.media.mute(this.#isMuted || this.#isHeldBack);
  }
}
