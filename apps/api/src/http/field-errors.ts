import type { FieldError } from './rejection.ts';

const ERROR_LIMIT = 32;
const PATH_LIMIT = 128;

/** What a schema found (Standard Schema), with what zod adds to it. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: unknown;
  readonly keys?: unknown;
  readonly expected?: unknown;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly values?: unknown;
  readonly errors?: unknown;
}

const pathOf = (issue: Issue, parent: readonly string[]): string[] => [
  ...parent,
  ...(issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)),
];

const fieldError = (path: readonly string[], message: string): FieldError => ({
  path: path.join('.').slice(0, PATH_LIMIT),
  message,
});

const KINDS: ReadonlyMap<unknown, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['record', 'an object'],
]);
const UNITS: ReadonlyMap<unknown, string> = new Map([
  ['string', ' characters'],
  ['array', ' entries'],
]);

const bound = (issue: Issue, side: 'least' | 'most', limit: unknown): string => {
  const unit = UNITS.get(issue.origin);
  return `must ${unit === undefined ? 'be' : 'have'} at ${side} ${String(limit)}${unit ?? ''}`;
};

/** What zod says by default starts like this; a text of ours does not. */
const STOCK_TEXT = /^(?:Invalid|Too (?:small|big)|Unrecognized)/;

/** Plain sentences for what schemas find most. A schema's own text goes before. */
const SENTENCES: Readonly<Record<string, (issue: Issue) => string>> = {
  invalid_type: ({ expected }) => `must be ${KINDS.get(expected) ?? 'of another type'}`,
  too_small: (issue) => bound(issue, 'least', issue.minimum),
  too_big: (issue) => bound(issue, 'most', issue.maximum),
  unrecognized_keys: () => 'is not a known field',
  invalid_value: ({ values }) =>
    `must be ${Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(' or ') : 'another value'}`,
  invalid_format: () => 'does not have the form that is wanted',
  invalid_union: () => 'is none of what can stand here',
  invalid_key: () => 'has a name that cannot be used',
};

function sentenceOf(issue: Issue): string {
  const sentence = SENTENCES[String(issue.code)];
  return sentence !== undefined && STOCK_TEXT.test(issue.message) ? sentence(issue) : issue.message;
}

function expand(issue: Issue, parent: readonly string[]): FieldError[] {
  const path = pathOf(issue, parent);
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)) {
    const keys: readonly unknown[] = issue.keys;
    return keys.map((key) => fieldError([...path, String(key)], sentenceOf(issue)));
  }
  if (issue.code === 'invalid_union' && Array.isArray(issue.errors)) {
    // The last branch is the widest one: what it says is what the writer has to mend.
    const branches = issue.errors as readonly (readonly Issue[])[];
    const widest = (branches.at(-1) ?? []).flatMap((inner) => expand(inner, path));
    if (widest.length > 0) return widest;
  }
  return [fieldError(path, sentenceOf(issue))];
}

/** What a schema found: for each field the first thing that does not fit. Never holds a value of the request. */
export function fieldErrors(issues: readonly Issue[]): FieldError[] {
  const firstOfField = new Map<string, FieldError>();
  for (const error of issues.slice(0, ERROR_LIMIT).flatMap((issue) => expand(issue, []))) {
    if (!firstOfField.has(error.path)) firstOfField.set(error.path, error);
  }
  return [...firstOfField.values()].slice(0, ERROR_LIMIT);
}
