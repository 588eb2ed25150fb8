import type Mpegts from 'mpegts.js';

/** Where a player is. */
export type PlayerState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'playing' }
  | { readonly kind: 'failed'; readonly why: string };

/** What the API answers when there is nothing to hear. */
const REFUSALS: { readonly [status: number]: string } = {
  401: 'The session has ended: sign in again.',
  404: 'There is no such call any more.',
  409: 'The call has nothing on air to listen to now.',
  503: 'The call, or its node, has as many listeners as it may have. Try again later.',
};

const ENDED = 'The stream has ended: the call is over, or has moved to another node.';

/** Why the player gave up, in plain words. */
export function playerProblem(type: string, detail: string, status: number): string {
  if (detail === 'HttpStatusCodeInvalid') {
    return REFUSALS[status] ?? `The API refused with status ${status}.`;
  }
  if (detail.endsWith('EarlyEof')) return ENDED;
  if (type === 'NetworkError') return 'The API cannot be reached.';
  return 'This browser cannot play the sound of the call.';
}

/** Silence, on the scale of the meter. */
export const METER_FLOOR_DB = -60;
const SAMPLES = 1_024;

/**
 * Plays what a call puts on air. Its element and its sound are its own: `close` lets go of both.
 * The library comes when somebody listens for the first time.
 */
export class PreviewPlayer {
  readonly #url: string;
  readonly #onState: (state: PlayerState) => void;
  readonly #samples = new Float32Array(SAMPLES);
  readonly element: HTMLMediaElement;
  #context: AudioContext | undefined;
  #analyser: AnalyserNode | undefined;
  #player: Mpegts.Player | undefined;
  #isWanted = false;

  constructor(url: string, element: HTMLMediaElement, onState: (state: PlayerState) => void) {
    this.#url = url;
    this.element = element;
    this.#onState = onState;
  }

  /** Called by a press, else browsers keep it silent. */
  async play(): Promise<void> {
    this.#isWanted = true;
    this.#onState({ kind: 'starting' });
    try {
      this.#listenIn();
      const { default: mpegts } = await import('mpegts.js');
      // Stopped while the library came.
      if (!this.#wants()) return;
      await this.#start(mpegts);
      if (this.#wants()) this.#onState({ kind: 'playing' });
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  stop(): void {
    this.#isWanted = false;
    this.#letGo();
    this.#onState({ kind: 'stopped' });
  }

  close(): void {
    this.#isWanted = false;
    this.#letGo();
    void this.#context?.close();
    this.#context = undefined;
    this.#analyser = undefined;
  }

  /** How loud it is now, in dB of full scale, not below METER_FLOOR_DB. */
  levelDb(): number {
    if (this.#analyser === undefined || this.#player === undefined) return METER_FLOOR_DB;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / SAMPLES;
    return power === 0 ? METER_FLOOR_DB : Math.max(METER_FLOOR_DB, 10 * Math.log10(power));
  }

  #wants(): boolean {
    return this.#isWanted;
  }

  async #start(mpegts: typeof Mpegts): Promise<void> {
    if (!mpegts.isSupported()) throw new Error('This browser cannot play live streams.');
    mpegts.LoggingControl.enableAll = false;
    const source = { type: 'flv', url: this.#url, isLive: true, hasVideo: false, hasAudio: true };
    const player = mpegts.createPlayer(source, {
      enableWorker: false,
      // Every tag is played as it comes: it is there to follow what happens.
      enableStashBuffer: false,
      liveBufferLatencyChasing: true,
      liveBufferLatencyMaxLatency: 3,
      autoCleanupSourceBuffer: true,
    });
    this.#player = player;
    player.on(mpegts.Events.ERROR, (type: string, detail: string, info: { code?: number }) => {
      this.#fail(playerProblem(type, detail, info.code ?? 0));
    });
    player.on(mpegts.Events.LOADING_COMPLETE, () => this.#fail(ENDED));
    player.attachMediaElement(this.element);
    player.load();
    await player.play();
  }

  /** The sound goes through the meter. Once for an element: browsers allow no more. */
  #listenIn(): void {
    if (this.#context === undefined) {
      this.#context = new AudioContext();
      this.#analyser = this.#context.createAnalyser();
      this.#analyser.fftSize = SAMPLES;
      this.#context.createMediaElementSource(this.element).connect(this.#analyser);
      this.#analyser.connect(this.#context.destination);
    }
    void this.#context.resume();
  }

  #fail(why: string): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#letGo();
    this.#onState({ kind: 'failed', why });
  }

  #letGo(): void {
    const player = this.#player;
    this.#player = undefined;
    player?.destroy();
  }
}
