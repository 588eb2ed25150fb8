/** One page of a list, as the API gives it. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/**
 * A list, read page by page as it is walked:
 *
 * ```ts
 * for await (const call of callcast.calls.list({ state: 'up' })) console.log(call.id);
 * ```
 */
export class Pages<T> implements AsyncIterable<T> {
  readonly #load: (cursor?: string) => Promise<Page<T>>;

  /** @param load Reads the page at a cursor; the first one without. */
  constructor(load: (cursor?: string) => Promise<Page<T>>) {
    this.#load = load;
  }

  /** The first page alone. */
  page(): Promise<Page<T>> {
    return this.#load();
  }

  /** Page by page. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let page = await this.#load();
    yield page;
    while (page.nextCursor !== null) {
      page = await this.#load(page.nextCursor);
      yield page;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { items } of this.pages()) yield* items;
  }
}
