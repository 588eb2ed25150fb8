import type { Announcer, Announcements } from '#domain';

/** Announcements inside one process: heard at once, in the order of speaking. */
export class FakeAnnouncements implements Announcer, Announcements {
  readonly #eventHearers = new Set<() => void>();
  readonly #commandHearers = new Set<() => void>();
  /** How often something was announced, heard or not. */
  readonly announced = { events: 0, commands: 0 };
  /** Pub/sub loses what it says while it is away. */
  isLost = false;

  get hearerCount(): number {
    return this.#eventHearers.size + this.#commandHearers.size;
  }

  announceEvents(): void {
    this.announced.events++;
    if (!this.isLost) for (const hear of this.#eventHearers) hear();
  }

  announceCommand(): void {
    this.announced.commands++;
    if (!this.isLost) for (const hear of this.#commandHearers) hear();
  }

  onEvents(hear: () => void): () => void {
    this.#eventHearers.add(hear);
    return () => void this.#eventHearers.delete(hear);
  }

  onCommand(hear: () => void): () => void {
    this.#commandHearers.add(hear);
    return () => void this.#commandHearers.delete(hear);
  }
}
