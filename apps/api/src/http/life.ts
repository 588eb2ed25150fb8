/** How far the process is on its way out. */
export class Life {
  #isDraining = false;

  /** Whether it still serves, and wants its clients to go elsewhere. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  drain(): void {
    this.#isDraining = true;
  }
}
