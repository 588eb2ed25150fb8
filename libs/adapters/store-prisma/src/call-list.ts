import { ERROR_CATALOG, Fault, callLifecycle, isErrorCode } from '#domain';
import type { CallId, CallQuery, CallRecord, Page, Verdict } from '#domain';
import { CALL_COLUMNS, callRecordOf } from './call-row.ts';
import type { CallRow } from './call-row.ts';
import { callCursorAfter, pageOf, readCallCursor } from './cursors.ts';
import type { Session, Statement } from './database.ts';

/** How many calls a page looks at where no index holds just what is asked for: what is behind them is on the next page. */
const LOOKED_AT_ONCE = 2_000;

const RESULTS: readonly Verdict['result'][] = ['completed', 'canceled', 'failed'];
const CODES = Object.keys(ERROR_CATALOG);

/** A statement that lists calls. */
export interface CallListing {
  readonly statement: Statement;
  readonly values: readonly unknown[];
  /** How many calls it walks past; undefined where it walks past none that it does not list. */
  readonly walked: number | undefined;
}

/** What a row of a walk tells beside the call: how far it went. */
interface WalkedRow extends CallRow {
  readonly walked: number;
  readonly last_id: CallId;
  readonly last_at: Date;
}

/** Conditions in SQL over `k`, by what they are about. Written down only where they are used, with their values. */
type Conditions = Partial<Record<keyof CallQuery, (() => string) | undefined>>;

/** What calls are walked by: keys, each with its place in an index, in the order of the list. */
interface Path {
  /** One row for each key; empty for a single one. */
  readonly keys: string;
  readonly table: string;
  readonly where: readonly string[];
  /** Conditions that it fulfils. */
  readonly fulfils: readonly (keyof CallQuery)[];
}

/** Values of a statement, in the order of their names $1, $2 ... */
class Values {
  readonly list: unknown[] = [];

  add(value: unknown): string {
    return `$${this.list.push(value)}`;
  }
}

const verdictPairs = (wanted: readonly string[]): [string, string][] =>
  RESULTS.flatMap((result) =>
    CODES.filter((code) => wanted.includes(result) || wanted.includes(code)).map(
      (code): [string, string] => [result, code],
    ),
  );

const VERDICT_TEXTS = [
  { text: "k.verdict->>'result'", isCode: false },
  { text: "k.verdict->>'code'", isCode: true },
];

function conditionsOf(query: CallQuery, values: Values): Conditions {
  const { states, appKey, callId, trunkId, node, verdicts, metadata } = query;
  const is = (column: string, value: string | undefined) =>
    value === undefined ? undefined : () => `k.${column} = ${values.add(value)}`;
  return {
    states: states && (() => `k.state = ANY(${values.add(states)}::text[])`),
    appKey: is('app_key', appKey),
    callId: is('call_id', callId),
    trunkId: is('trunk_id', trunkId),
    node: is('node', node),
    verdicts:
      verdicts &&
      (() => {
        const anyOf = VERDICT_TEXTS.map(({ text, isCode }) => {
          const named = verdicts.filter((one) => isErrorCode(one) === isCode);
          return `${text} = ANY(${values.add(named)}::text[])`;
        });
        return `(${anyOf.join(' OR ')})`;
      }),
    metadata:
      metadata &&
      (() =>
        metadata
          .map(([name, value]) => `k.metadata->>${values.add(name)} = ${values.add(value)}`)
          .join(' AND ')),
  };
}

/** The narrowest index that the query names a place in. */
function pathOf(query: CallQuery, conditions: Conditions, values: Values): Path {
  const { states, verdicts, metadata } = query;
  const calls = { keys: '', table: 'calls' };
  if (query.ids !== undefined) {
    const keys = `unnest(${values.add([...new Set(query.ids)])}::text[]) AS wanted(id)`;
    return { keys, table: 'calls', where: ['k.id = wanted.id'], fulfils: [] };
  }
  for (const name of ['callId', 'node', 'trunkId'] as const) {
    const where = conditions[name]?.();
    if (where !== undefined) return { ...calls, where: [where], fulfils: [name] };
  }
  const ofApp = [conditions.appKey?.()].filter((one) => one !== undefined);
  const [field] = metadata ?? [];
  if (field !== undefined) {
    const label = `k.label = call_label(${values.add(field[0])}, ${values.add(field[1])})`;
    // Labels are short hashes: the fields themselves are compared as well.
    return { keys: '', table: 'call_labels', where: [...ofApp, label], fulfils: ['appKey'] };
  }
  if (verdicts !== undefined) {
    const pairs = verdictPairs(verdicts);
    const [results, codes] = [0, 1].map((at) => values.add(pairs.map((pair) => pair[at])));
    return {
      keys: `unnest(${results}::text[], ${codes}::text[]) AS wanted(result, code)`,
      table: 'calls',
      where: [
        ...ofApp,
        'k.verdict IS NOT NULL',
        "k.verdict->>'result' = wanted.result AND k.verdict->>'code' = wanted.code",
      ],
      fulfils: ['appKey', 'verdicts'],
    };
  }
  // In lower case the index of all apps is meant, else that of one: it is not left to estimates which one is walked.
  const isOfApp = ofApp.length > 0;
  const wanted = [...new Set(states ?? callLifecycle.states)];
  const keys = values.add(isOfApp ? wanted : wanted.map((state) => state.toLowerCase()));
  return {
    keys: `unnest(${keys}::text[]) AS wanted(state)`,
    table: 'calls',
    where: [...ofApp, `${isOfApp ? 'k.state' : 'lower(k.state)'} = wanted.state`],
    fulfils: ['appKey', 'states'],
  };
}

/** Where the page begins, and between which moments. */
function bounds(query: CallQuery, id: string, values: Values): string[] {
  const { cursor, order = 'newest', createdFrom, createdTo } = query;
  const after = readCallCursor(cursor);
  const place = `(k.created_at, k.${id})`;
  return [
    ...(after === undefined
      ? []
      : [
          `${place} ${order === 'newest' ? '<' : '>'} (${values.add(after.createdAt)}::timestamptz, ${values.add(after.id)})`,
        ]),
    ...(createdFrom ? [`k.created_at >= ${values.add(createdFrom)}::timestamptz`] : []),
    ...(createdTo ? [`k.created_at < ${values.add(createdTo)}::timestamptz`] : []),
  ];
}

/**
 * The statement that lists calls, and one more than the page holds: one walk down an index for each key, then the first of
 * all, so that it takes the same time whatever is asked for. It has no name, because a plan made for all limits at once would
 * be a poor one.
 * @throws Fault REQUEST_INVALID when the cursor is not one of ours, or metadata are asked for without an app.
 */
export function callListing(query: CallQuery): CallListing {
  if (query.metadata && query.appKey === undefined) {
    throw new Fault('REQUEST_INVALID', { detail: 'Metadata are looked for in one app.' });
  }
  const values = new Values();
  const conditions = conditionsOf(query, values);
  const path = pathOf(query, conditions, values);
  const rest = Object.entries(conditions).flatMap(([name, condition]) =>
    condition === undefined || path.fulfils.includes(name as keyof CallQuery) ? [] : [condition],
  );
  const id = path.table === 'calls' ? 'id' : 'call_id';
  const where = [...path.where, ...bounds(query, id, values)].join(' AND ');
  const turn = query.order === 'oldest' ? 'ASC' : 'DESC';
  const order = (of: string, key = 'id'): string =>
    `ORDER BY ${of}.created_at ${turn}, ${of}.${key} ${turn}`;
  const count = rest.length === 0 ? query.limit + 1 : LOOKED_AT_ONCE;
  const most = values.add(count);
  const one = `SELECT k.* FROM ${path.table} k WHERE ${where} ${order('k', id)} LIMIT ${most}`;
  const found =
    path.keys === ''
      ? `(${one}) c`
      : `${path.keys} CROSS JOIN LATERAL (${one}) c ${order('c', id)} LIMIT ${most}`;
  const statement =
    rest.length === 0
      ? `SELECT ${CALL_COLUMNS} FROM ${found}${path.keys === '' ? ` ${order('c')}` : ''}`
      : walk({
          found: `SELECT c.* FROM ${found}`,
          ofCalls: path.table === 'calls',
          id,
          turn,
          where: rest.map((condition) => condition()).join(' AND '),
          limit: values.add(query.limit + 1),
        });
  return {
    statement: { text: statement },
    values: values.list,
    walked: rest.length === 0 ? undefined : count,
  };
}

/** Looks at each call that is found; a row without a call where none fits. */
function walk(parts: {
  readonly found: string;
  readonly ofCalls: boolean;
  readonly id: string;
  readonly turn: 'ASC' | 'DESC';
  readonly where: string;
  readonly limit: string;
}): string {
  const { found, ofCalls, id, turn, where, limit } = parts;
  const back = turn === 'ASC' ? 'DESC' : 'ASC';
  // One by one through the index, whatever their number is thought to be.
  const one = '(SELECT * FROM calls WHERE calls.id = f.call_id LIMIT 1) k';
  const calls = ofCalls ? 'found k' : `found f CROSS JOIN LATERAL ${one}`;
  return `
  WITH found AS MATERIALIZED (${found}), far AS (
    SELECT (SELECT count(*) FROM found)::int AS walked, f.${id} AS last_id, f.created_at AS last_at
    FROM found f ORDER BY f.created_at ${back}, f.${id} ${back} LIMIT 1
  )
  SELECT far.*, ${CALL_COLUMNS} FROM far LEFT JOIN (
    SELECT k.* FROM ${calls} WHERE ${where} ORDER BY k.created_at ${turn}, k.id ${turn} LIMIT ${limit}
  ) c ON true
  ORDER BY c.created_at ${turn}, c.id ${turn}`;
}

/** A page of calls. @throws Fault REQUEST_INVALID, as callListing does. */
export async function readCallPage(session: Session, query: CallQuery): Promise<Page<CallRecord>> {
  const { statement, values, walked } = callListing(query);
  const rows = await session.query<WalkedRow>(statement, values);
  const calls = rows.filter(hasCall).map(callRecordOf);
  const page = pageOf(calls, query.limit, callCursorAfter);
  const [row] = rows;
  const isMore = walked !== undefined && row?.walked === walked && page.nextCursor === null;
  if (!isMore) return page;
  return { ...page, nextCursor: callCursorAfter({ id: row.last_id, createdAt: row.last_at }) };
}

const hasCall = (row: { readonly id: CallId | null }): boolean => row.id !== null;
