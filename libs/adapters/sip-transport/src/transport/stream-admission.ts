import { CountedSet } from '#foundation';

/** Connections that peers began, at a time: fewer than there may be, so that there is always room for ours. */
const MAX_ACCEPTED = 1500;
/** The same of one address. A proxy needs a handful. */
const MAX_PER_SOURCE = 64;

/** Decides which connections are accepted, so that no peer takes the place of all others. */
export class StreamAdmission {
  readonly #sources = new CountedSet<string>();
  #count = 0;

  /** Takes a place for a connection from that address; false when there is none. */
  enter(address: string): boolean {
    if (this.#count >= MAX_ACCEPTED) return false;
    if (this.#sources.countOf(address) >= MAX_PER_SOURCE) return false;
    this.#count += 1;
    this.#sources.add(address);
    return true;
  }

  /** Gives the place back. */
  leave(address: string): void {
    this.#count -= 1;
    this.#sources.remove(address);
  }
}
