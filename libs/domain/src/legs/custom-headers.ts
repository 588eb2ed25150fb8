/** SIP headers that a client adds to its INVITE: name to value. */
export type CustomHeaders = Readonly<Record<string, string>>;

/**
 * What a client may say beside what the stack says. Everything that routes, authenticates, describes the body or
 * promises a capability (Via, Route, Contact, Authorization, Content-*, Supported ...) is the stack's own.
 */
const ALLOWED = new Set([
  'accept-language', // RFC 3261 section 20.3
  'alert-info', // RFC 3261 section 20.4
  'call-info', // RFC 3261 section 20.9
  'diversion', // RFC 5806
  'geolocation', // RFC 6442
  'history-info', // RFC 7044
  'organization', // RFC 3261 section 20.25
  'p-access-network-info', // RFC 7315 section 4.4
  'p-asserted-identity', // RFC 3325 section 9.1
  'p-charging-vector', // RFC 7315 section 4.6
  'p-preferred-identity', // RFC 3325 section 9.2
  'priority', // RFC 3261 section 20.26
  'privacy', // RFC 3323 section 4.2
  'remote-party-id', // Before RFC 3325; PBXs still read it.
  'reply-to', // RFC 3261 section 20.31
  'resource-priority', // RFC 4412
  'subject', // RFC 3261 section 20.36
  'user-to-user', // RFC 7433
]);

/** Less than a `token` of RFC 3261 section 25.1: drachtio-srf undoes `%0d%0a` in names. */
const PRIVATE_NAME = /^x-[\w.-]+$/i;
/** Control characters, other line ends, and halves of characters, which no UTF-8 can be made from. */
const UNWRITABLE = /[\p{Cc}\p{Surrogate}\u2028\u2029]/u;

const MAX_HEADERS = 16;
const MAX_NAME_CHARS = 64;
const MAX_VALUE_CHARS = 512;
/** The INVITE has to stay below 8 kB with everything else in it: a real drachtio-server cuts longer headers off. */
const MAX_TOTAL_BYTES = 4096;

/** A header that may not be sent, and why; the text follows the name. */
export interface HeaderProblem {
  readonly name: string;
  readonly problem: string;
}

function problemOf(name: string, value: string): string | undefined {
  if (name.length > MAX_NAME_CHARS)
    return `must have a name of ${MAX_NAME_CHARS} characters at most`;
  if (!ALLOWED.has(name.toLowerCase()) && !PRIVATE_NAME.test(name)) {
    return 'is not a header that may be set; X-… and those that /docs lists for `headers` are';
  }
  if (value.trim() === '') return 'must not be empty';
  if (value.trim() !== value) return 'must not begin or end with white space';
  if (UNWRITABLE.test(value)) return 'must be one line without control characters';
  if (value.length > MAX_VALUE_CHARS) return `must have ${MAX_VALUE_CHARS} characters at most`;
  return undefined;
}

const lineBytes = (name: string, value: string): number =>
  new TextEncoder().encode(`${name}: ${value}\r\n`).length;

/**
 * What is wrong with the headers of a client; empty when all of them may be sent. Names are compared without case.
 *
 * @see RFC 3261 section 7.3.1 for what a header line is; the limits are ours.
 */
export function headerProblems(headers: CustomHeaders): readonly HeaderProblem[] {
  const entries = Object.entries(headers);
  const problems: HeaderProblem[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  for (const [name, value] of entries.slice(0, MAX_HEADERS)) {
    const key = name.toLowerCase();
    bytes += lineBytes(name, value);
    const problem = seen.has(key) ? 'is given twice' : problemOf(name, value);
    seen.add(key);
    if (problem !== undefined) problems.push({ name, problem });
    else if (bytes > MAX_TOTAL_BYTES) {
      problems.push({ name, problem: `is beyond the ${MAX_TOTAL_BYTES} bytes for all headers` });
      break;
    }
  }
  const surplus = entries[MAX_HEADERS]?.[0];
  if (surplus !== undefined) {
    problems.push({ name: surplus, problem: `is one too many: ${MAX_HEADERS} headers at most` });
  }
  return problems;
}
