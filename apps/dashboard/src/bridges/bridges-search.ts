import type { Call } from '#sdk';
import { CALL_GROUPS, groupOf } from './call-groups.ts';
import type { CallGroup } from './call-groups.ts';

/** What the table of calls shows; it is kept in the URL. */
export interface BridgesSearch {
  /** One group; all where nothing is said. */
  readonly group?: CallGroup;
  /** Words that a call must hold, each in an id, an address, its app, node, trunk or a server. */
  readonly q?: string;
}

const MAX_TEXT = 200;

const isGroup = (value: unknown): value is CallGroup =>
  CALL_GROUPS.some((group) => group === value);

/** Reads what a URL asks for; what makes no sense is left out. */
export function readBridgesSearch({ group, q }: Readonly<Record<string, unknown>>): BridgesSearch {
  // A text of digits alone comes as a number.
  const text = typeof q === 'string' || typeof q === 'number' ? String(q).slice(0, MAX_TEXT) : '';
  return { ...(isGroup(group) ? { group } : {}), ...(text === '' ? {} : { q: text }) };
}

/** A call does not change: what changes comes as another one. */
const texts = new WeakMap<Call, string>();

function textOf(call: Call): string {
  const known = texts.get(call);
  if (known !== undefined) return known;
  const { id, callId, to, appKey, node, trunk, outputs } = call;
  const urls = outputs.map(({ url }) => url);
  const text = [id, callId, to, appKey, node ?? '', trunk ?? '', ...urls].join('\n').toLowerCase();
  texts.set(call, text);
  return text;
}

/** The calls that a search finds, in their order. */
export function searchCalls(
  calls: readonly Call[],
  { group, q = '' }: BridgesSearch,
): readonly Call[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (group === undefined && words.length === 0) return calls;
  return calls.filter(
    (call) =>
      (group === undefined || groupOf(call) === group) &&
      words.every((word) => textOf(call).includes(word)),
  );
}
