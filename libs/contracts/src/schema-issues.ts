/** What a schema found (Standard Schema), with what zod adds to it. */
export interface SchemaIssue {
  readonly message: string;
  readonly code?: unknown;
  readonly expected?: unknown;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly values?: unknown;
}

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

const bound = (issue: SchemaIssue, side: 'least' | 'most', limit: unknown): string => {
  const unit = UNITS.get(issue.origin);
  return `must ${unit === undefined ? 'be' : 'have'} at ${side} ${String(limit)}${unit ?? ''}`;
};

/** What zod says by default starts like this; a text of ours does not. */
const STOCK_TEXT = /^(?:Invalid|Too (?:small|big)|Unrecognized)/;

/** Plain sentences for what schemas find most. A schema's own text goes before. */
const SENTENCES: Readonly<Record<string, (issue: SchemaIssue) => string>> = {
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

/** What is wrong, in words that follow the name of a field; never with a value. A text of the schema's own goes before. */
export function sentenceOf(issue: SchemaIssue): string {
  const sentence = SENTENCES[String(issue.code)];
  return sentence !== undefined && STOCK_TEXT.test(issue.message) ? sentence(issue) : issue.message;
}

/** What is wrong with settings: one sentence for each, by name, never with a value. */
export function settingProblems(
  issues: readonly (SchemaIssue & {
    readonly path: readonly PropertyKey[];
    readonly keys?: readonly string[] | undefined;
  })[] = [],
): string[] {
  return issues.flatMap((issue) => {
    const isMissing = issue.message.endsWith('received undefined');
    const problem = isMissing ? 'must be set' : sentenceOf(issue);
    const paths = issue.keys?.map((key) => [...issue.path, key]) ?? [issue.path];
    return paths.map((path) => `${path.map(String).join('.')}: ${problem}`);
  });
}
