/** How long a line may wait for others to be written with. */
const WINDOW_MS = 10;
/** So much is written without waiting, in characters. */
const MOST_WAITING = 64 * 1024;

/**
 * Writes lines in batches: the first at once, those that follow within 10 ms in one piece. Under load a process writes a
 * hundred times a second instead of thousands of times. Only a kill -9 can lose lines, those of the last 10 ms.
 */
export class LineBatch {
  #waiting = '';
  #window: NodeJS.Timeout | undefined;

  /** @param writeText Writes a text whole and at once. */
  constructor(private readonly writeText: (text: string) => void) {}

  write(line: string): void {
    this.#waiting += line;
    if (this.#window !== undefined && this.#waiting.length < MOST_WAITING) return;
    this.flush();
    this.#window ??= setTimeout(() => {
      this.#window = undefined;
      this.flush();
    }, WINDOW_MS).unref();
  }

  /** Writes what waits. */
  flush(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text !== '') this.writeText(text);
  }
}
