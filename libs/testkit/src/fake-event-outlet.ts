/** The writing side of an HTTP answer whose network the test plays. */
export class FakeEventOutlet {
  text = '';
  writableLength = 0;
  /** `end` is polite, `destroy` is not. */
  fate: 'open' | 'ended' | 'destroyed' = 'open';
  /** The peer takes nothing: what is written stays. */
  isStuck = false;
  readonly #hearers: { readonly event: string; readonly hear: () => void }[] = [];
  #signal: (() => void) | undefined;

  write(text: string): boolean {
    if (this.fate !== 'open') throw new Error('written after the end');
    this.text += text;
    if (this.isStuck) this.writableLength += Buffer.byteLength(text);
    this.#signal?.();
    return !this.isStuck;
  }

  end(): void {
    this.fate = 'ended';
    this.#signal?.();
  }

  destroy(): void {
    this.fate = 'destroyed';
    this.#signal?.();
  }

  once(event: 'drain' | 'close', hear: () => void): void {
    this.#hearers.push({ event, hear });
  }

  /** The peer takes everything, or leaves. */
  emit(event: 'drain' | 'close'): void {
    if (event === 'drain') this.writableLength = 0;
    const called = this.#hearers.filter((hearer) => hearer.event === event);
    for (const hearer of called) this.#hearers.splice(this.#hearers.indexOf(hearer), 1);
    for (const { hear } of called) hear();
  }

  /** Waits for a write or the end that makes `isThere` true. */
  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await new Promise<void>((resolve) => (this.#signal = resolve));
  }
}
