/** How far the process is on its way out. */
export class Life {
  readonly #leaving = new AbortController();
  #isDraining = false;

  /** Whether it still serves, and wants its clients to go elsewhere. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Aborts when requests that may take long are to end with what they have. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  drain(): void {
    this.#isDraining = true;
  }

  leave(): void {
    this.drain();
    this.#leaving.abort();
  }
}
