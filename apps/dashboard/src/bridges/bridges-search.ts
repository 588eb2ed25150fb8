/** What the table of calls shows; it is kept in the URL. */
export interface BridgesSearch {
  /** Part of an id, an address, a node or a host. */
  readonly q?: string;
}

const MAX_TEXT = 200;

/** Reads what a URL asks for; what makes no sense is left out. */
export function readBridgesSearch(search: Readonly<Record<string, unknown>>): BridgesSearch {
  const { q } = search;
  return typeof q === 'string' && q !== '' ? { q: q.slice(0, MAX_TEXT) } : {};
}
