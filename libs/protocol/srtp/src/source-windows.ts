import { ReplayWindow } from './replay-window.ts';

/** Sources of one peer at the same time: one is usual, and each hold or transfer may bring another. */
const MAX_SOURCES = 32;

interface Entry {
  readonly window: ReplayWindow;
  usedAt: number;
}

/** The windows of the sources that have sent authentic packets. Of too many, the one that was silent longest goes. */
export class SourceWindows {
  readonly #entries = new Map<number, Entry>();
  #uses = 0;

  /** How many sources are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** The highest index of a source; undefined for one that is not remembered. */
  highest(ssrc: number): number | undefined {
    return this.#entries.get(ssrc)?.window.highest;
  }

  /** What is to be thought of an index of a source; changes nothing. */
  judge(ssrc: number, index: number): 'new' | 'replayed' | 'tooOld' {
    return this.#entries.get(ssrc)?.window.judge(index) ?? 'new';
  }

  /** Takes an index that was judged new and whose packet is authentic. */
  accept(ssrc: number, index: number): void {
    this.#uses += 1;
    const entry = this.#entries.get(ssrc) ?? this.#remember(ssrc);
    entry.usedAt = this.#uses;
    entry.window.accept(index);
  }

  #remember(ssrc: number): Entry {
    if (this.#entries.size >= MAX_SOURCES) this.#forgetOldest();
    const entry = { window: new ReplayWindow(), usedAt: this.#uses };
    this.#entries.set(ssrc, entry);
    return entry;
  }

  #forgetOldest(): void {
    let oldest: number | undefined;
    let usedAt = Infinity;
    for (const [ssrc, entry] of this.#entries) {
      if (entry.usedAt < usedAt) [oldest, usedAt] = [ssrc, entry.usedAt];
    }
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
