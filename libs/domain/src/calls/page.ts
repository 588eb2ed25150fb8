/** One page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Turns places in lists into texts that nobody else can make, and back. */
export interface CursorSeal {
  /** @param list What the place is in: with another list the text is worth nothing. */
  seal(list: string, place: string): string;
  /** The place; null when the text was not made here for this list. */
  open(list: string, text: string): string | null;
}
