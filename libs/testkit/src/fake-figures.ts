import type { FiguresReceiver, FiguresSender, LiveFigures } from '#domain';

/** Figures inside one process: heard at once. */
export class FakeFigures implements FiguresSender, FiguresReceiver {
  readonly #hearers = new Set<(figures: readonly LiveFigures[]) => void>();
  readonly sent: (readonly LiveFigures[])[] = [];
  isReady = true;

  get hearerCount(): number {
    return this.#hearers.size;
  }

  send(figures: readonly LiveFigures[]): void {
    this.sent.push(figures);
    for (const hear of this.#hearers) hear(figures);
  }

  onFigures(hear: (figures: readonly LiveFigures[]) => void): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }
}
