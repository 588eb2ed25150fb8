import { sentenceOf } from '#contracts';
import type { SchemaIssue } from '#contracts';
import type { FieldError } from './rejection.ts';

const ERROR_LIMIT = 32;
const PATH_LIMIT = 128;

/** What a schema found, with where. */
interface Issue extends SchemaIssue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly keys?: unknown;
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
