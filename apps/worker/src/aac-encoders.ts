import { createFfmpegAacEncoder, isFfmpegInstalled } from '#adapters/aac-ffmpeg';
import { createLibavAacEncoder, isLibavAvailable } from '#adapters/aac-libav';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import type { AacChoice } from '#contracts';
import { Fault } from '#domain';
import type { Logger } from '#foundation';
import { restartingEncoder } from '#media';
import type { AacEncoderFactory } from '#media';

const PLAINEST = { sourceRate: 8000, sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;

/** The encoders of a node, all of one kind; a call outlives the failure of its own. */
export class AacEncoders {
  readonly #kind: Exclude<AacChoice, 'auto'>;
  readonly #logger: Logger;
  #restarts = 0;

  /** @throws Fault CONFIG_INVALID when the encoder that was asked for is not installed. */
  constructor(choice: AacChoice, logger: Logger) {
    this.#kind = choice === 'auto' ? 'callcast' : choice;
    this.#logger = logger;
    checkInstalled(this.#kind);
    // Compiles and warms up what all calls share, which no call shall wait for.
    if (this.#kind === 'callcast') createWasmAacEncoder(PLAINEST).close();
    logger.info('aac.encoder_chosen', { encoder: this.#kind });
  }

  /** Times an encoder failed and another took its place, since the start. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Whether the work is done in this process, where its cost can be measured. */
  get isInProcess(): boolean {
    return this.#kind !== 'ffmpeg';
  }

  /** Makes the encoder of a call. */
  readonly create: AacEncoderFactory = (options) =>
    restartingEncoder({ create: () => this.#make(options), onRestart: this.#restarted });

  readonly #restarted = (cause: unknown): void => {
    this.#restarts += 1;
    this.#logger.warn('aac.encoder_restarted', { encoder: this.#kind, cause: String(cause) });
  };

  get #make(): AacEncoderFactory {
    if (this.#kind === 'libav') return createLibavAacEncoder;
    if (this.#kind === 'ffmpeg') return createFfmpegAacEncoder(this.#restarted);
    return createWasmAacEncoder;
  }
}

function checkInstalled(kind: Exclude<AacChoice, 'auto'>): void {
  if (kind === 'libav' && !isLibavAvailable()) {
    const detail =
      'CALLCAST_AAC=libav: the optional package node-av is not installed, or not for this machine; run npm install with ' +
      'its optional dependencies, or leave CALLCAST_AAC out: Callcast has an encoder of its own';
    throw new Fault('CONFIG_INVALID', { detail });
  }
  if (kind === 'ffmpeg' && !isFfmpegInstalled()) {
    const detail =
      'CALLCAST_AAC=ffmpeg: the program ffmpeg is not found; install it (apt install ffmpeg), or leave CALLCAST_AAC out: ' +
      'Callcast has an encoder of its own';
    throw new Fault('CONFIG_INVALID', { detail });
  }
}
