import { Secret } from '#foundation';

/** What stands in a line where a secret was. */
const HIDDEN = '[secret]';
const DEPTH_LIMIT = 6;
const ITEM_LIMIT = 50;
const TEXT_LIMIT = 2_000;
const STACK_LINES = 12;

/** Names of fields whose values are never written, whatever they hold. */
const SECRET_NAME =
  /passw|secret|authori[sz]ation|credential|cookie|api_?key|stream_?key|rtmp_?stream|^keys?$|token|dtmf|digits|^pin$/i;
/** `user:password@` or `user@` behind a scheme, and the password of a SIP URI. */
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@]+@/gi;
const SIP_PASSWORD = /(sips?:[^\s:@;>]+):[^\s@;>]+@/gi;
/** What follows the application in an RTMP URL is the stream key; a query may hold a token. */
const RTMP_KEY = /(rtmps?:\/\/[^\s/]+\/[^\s/?]+)[/?][^\s]*/gi;
const BEARER = /(bearer|basic|digest)\s+\S[^\r\n]*/gi;

/** Without a colon there is no URL, without a blank no key behind its scheme. */
const MAY_TELL = /[:\s]/;

/** The text without what looks like a credential, at most 2,000 characters of it. */
function redactText(text: string): string {
  if (!MAY_TELL.test(text)) return text.slice(0, TEXT_LIMIT);
  return text
    .slice(0, TEXT_LIMIT)
    .replace(URL_CREDENTIALS, `$1${HIDDEN}@`)
    .replace(SIP_PASSWORD, `$1:${HIDDEN}@`)
    .replace(RTMP_KEY, `$1/${HIDDEN}`)
    .replace(BEARER, `$1 ${HIDDEN}`);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    name: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: redactText((error.stack ?? '').split('\n').slice(1, STACK_LINES).join('\n')),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
  };
}

function redactEntries(entries: Iterable<[string, unknown]>, depth: number) {
  const copy: Record<string, unknown> = {};
  let count = 0;
  for (const [name, value] of entries) {
    if (count++ === ITEM_LIMIT) {
      copy['…'] = 'more';
      break;
    }
    copy[name] = SECRET_NAME.test(name) && value !== null ? HIDDEN : redactValue(value, depth + 1);
  }
  return copy;
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Secret) return HIDDEN;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Set || Array.isArray(value)) {
    return [...(value as Iterable<unknown>)]
      .slice(0, ITEM_LIMIT)
      .map((item) => redactValue(item, depth + 1));
  }
  if (value instanceof Map) {
    const entries = [...value].map(([name, item]): [string, unknown] => [String(name), item]);
    return redactEntries(entries, depth);
  }
  return redactEntries(Object.entries(value), depth);
}

/** A bounded copy of a value that is safe to write: plain JSON without credentials. */
export function redactValue(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
      return value.toString();
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      return depth > DEPTH_LIMIT ? '[deep]' : redactObject(value, depth);
    case 'undefined':
    case 'function':
    case 'symbol':
      return undefined;
  }
}
