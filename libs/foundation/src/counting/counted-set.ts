/** A set whose members leave when they have been taken out as often as they were put in. */
export class CountedSet<T> {
  readonly #counts = new Map<T, number>();

  /** How many different members there are. */
  get size(): number {
    return this.#counts.size;
  }

  has(member: T): boolean {
    return this.#counts.has(member);
  }

  add(member: T): void {
    this.#counts.set(member, (this.#counts.get(member) ?? 0) + 1);
  }

  /** How often a member is in. */
  countOf(member: T): number {
    return this.#counts.get(member) ?? 0;
  }

  /** Takes a member out once; one that is not in is ignored. */
  remove(member: T): void {
    const count = this.countOf(member) - 1;
    if (count > 0) this.#counts.set(member, count);
    else this.#counts.delete(member);
  }
}
