/** Packets that may come behind their successors. RFC 3711 section 3.3.2 asks for 64 or more. */
const WINDOW_PACKETS = 128;

/** Remembers which of the last indexes of one source have been there. */
export class ReplayWindow {
  /** At its place modulo the size, the last index that has been there. */
  readonly #seen = new Float64Array(WINDOW_PACKETS).fill(-1);
  #highest: number | undefined;

  /** The highest index so far. */
  get highest(): number | undefined {
    return this.#highest;
  }

  /** What is to be thought of an index; changes nothing, because whoever sent it has not proved who it is. */
  judge(index: number): 'new' | 'replayed' | 'tooOld' {
    const highest = this.#highest ?? -1;
    if (index < 0 || index <= highest - WINDOW_PACKETS) return 'tooOld';
    return this.#seen[index % WINDOW_PACKETS] === index ? 'replayed' : 'new';
  }

  /** Takes an index that was judged new and whose packet is authentic. */
  accept(index: number): void {
    this.#seen[index % WINDOW_PACKETS] = index;
    if (this.#highest === undefined || index > this.#highest) this.#highest = index;
  }
}
