/** Seconds over which the slope is taken. */
const WINDOW_SECONDS = 60;
/** Fewer say too little: with 120 ms of jitter the slope of ten errs by some 250 ppm. */
const MIN_POINTS = 10;
/** What may be told to others as the drift of a clock. */
const SURE_SECONDS = 30;
/** No two seconds of one network differ so much: the packets take another way. */
const NEW_WAY_MS = 40;

/**
 * How fast a sender's clock runs away from ours: the slope of the fastest transit times over a minute.
 *
 * @remarks Transit times are arrival minus timestamp, from any zero; they fall when the sender's clock is fast. What
 * the playout does plays no part, so that a correction never chases itself.
 */
export class DriftEstimate {
  readonly #seconds = new Float64Array(WINDOW_SECONDS);
  readonly #transits = new Float64Array(WINDOW_SECONDS);
  #count = 0;
  #next = 0;
  #last = 0;
  #slope = 0;
  #spanSeconds = 0;

  /** How much faster the sender's clock is, as a share: 0.0001 is 100 ppm. 0 while that cannot be told. */
  get share(): number {
    return this.#slope;
  }

  /** The same in millionths, when at least 30 s speak for it; else 0. */
  get surePpm(): number {
    return this.#spanSeconds >= SURE_SECONDS ? this.#slope * 1e6 : 0;
  }

  /** Takes the fastest transit time of a second. */
  add(second: number, transitMs: number): void {
    if (this.#count > 0 && Math.abs(transitMs - this.#last) > NEW_WAY_MS) this.#restart();
    this.#last = transitMs;
    this.#seconds[this.#next] = second;
    this.#transits[this.#next] = transitMs;
    this.#next = (this.#next + 1) % WINDOW_SECONDS;
    this.#count = Math.min(WINDOW_SECONDS, this.#count + 1);
    if (this.#count >= MIN_POINTS) this.#fit();
  }

  reset(): void {
    this.#restart();
    this.#slope = 0;
    this.#spanSeconds = 0;
  }

  /** The clocks are still the same, so that the slope stands until there is a better one. */
  #restart(): void {
    this.#count = 0;
    this.#next = 0;
  }

  /** Least squares. */
  #fit(): void {
    const count = this.#count;
    let [firstSecond, lastSecond, meanSecond, meanTransit] = [Infinity, -Infinity, 0, 0];
    for (let i = 0; i < count; i++) {
      const second = this.#seconds[i] ?? 0;
      firstSecond = Math.min(firstSecond, second);
      lastSecond = Math.max(lastSecond, second);
      meanSecond += second / count;
      meanTransit += (this.#transits[i] ?? 0) / count;
    }
    let [product, square] = [0, 0];
    for (let i = 0; i < count; i++) {
      const distance = (this.#seconds[i] ?? 0) - meanSecond;
      product += distance * ((this.#transits[i] ?? 0) - meanTransit);
      square += distance * distance;
    }
    this.#slope = -product / square / 1000;
    this.#spanSeconds = Math.max(this.#spanSeconds, lastSecond - firstSecond);
  }
}
