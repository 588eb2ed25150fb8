import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { PcmFrame } from './pcm.ts';

/** Whether silence goes on air in the place of what comes in. */
export interface MuteSwitch {
  isMuted: boolean;
}

class MuteAudio extends PassingStage<PcmFrame, PcmFrame> {
  readonly #mute: Readonly<MuteSwitch>;
  readonly #channels: 1 | 2;
  #wasMuted = false;
  /** Made when it is first needed: most calls are never muted. */
  #silence: Int16Array = new Int16Array(0);
  #ramp: Int16Array = new Int16Array(0);

  constructor(next: Sink<PcmFrame>, mute: Readonly<MuteSwitch>, channels: 1 | 2) {
    super(next);
    this.#mute = mute;
    this.#channels = channels;
  }

  write(frame: PcmFrame): void {
    const { isMuted } = this.#mute;
    const wasMuted = this.#wasMuted;
    this.#wasMuted = isMuted;
    if (isMuted !== wasMuted) this.next.write(this.#ramped(frame, isMuted));
    else this.next.write(isMuted ? this.#silent(frame.length) : frame);
  }

  protected name(): string {
    return 'mute';
  }

  #silent(length: number): PcmFrame {
    if (this.#silence.length !== length) this.#silence = new Int16Array(length);
    return this.#silence;
  }

  /** Half a period of a cosine: neither its ends nor their slopes make a click. */
  #ramped(frame: PcmFrame, isDown: boolean): PcmFrame {
    if (this.#ramp.length !== frame.length) this.#ramp = new Int16Array(frame.length);
    const ramp = this.#ramp;
    const steps = frame.length / this.#channels;
    for (let i = 0; i < frame.length; i++) {
      const turn = (Math.PI * (Math.floor(i / this.#channels) + 0.5)) / steps;
      const down = 0.5 + 0.5 * Math.cos(turn);
      ramp[i] = Math.round((frame[i] ?? 0) * (isDown ? down : 1 - down));
    }
    return ramp;
  }
}

/**
 * Passes frames on, or silence in their place; the frame of the change is a ramp down or up.
 *
 * @remarks No delay. Memory: two frames, once it was muted. It stands behind the meter, so that what is measured is the
 * callee and a mute is no silence to complain of.
 */
export function muteAudio(mute: Readonly<MuteSwitch>, channels: 1 | 2): Stage<PcmFrame, PcmFrame> {
  return (next) => new MuteAudio(next, mute, channels);
}
