import { MASK } from './mask.ts';

/** RFC 7235, RFC 7616, RFC 6750, RFC 4559; what else stands in that place may be a token by itself. */
const SCHEMES: ReadonlySet<string> = new Set(['digest', 'basic', 'bearer', 'negotiate', 'ntlm']);
/** Parameters of Digest (RFC 7616), of which the names are shown; what else stands there may be a token cut in two. */
const NAMED: ReadonlySet<string> = new Set([
  ...['realm', 'username', 'userhash', 'nonce', 'uri', 'response', 'algorithm', 'cnonce', 'opaque'],
  ...['qop', 'nc', 'stale', 'domain', 'charset', 'auts'],
]);
const SHOWN = 'realm';

const SEPARATORS = /[ \t,]*/y;
const PARAMETER =
  /([!#$%&'*+.^_`|~\w-]{1,64})[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s",=]+)(?=[ \t]*(?:,|$))/suy;
const SCHEME = /([!#$%&'*+.^_`|~\w-]{1,64})(?=[ \t]+|$)/y;
/** RFC 9110 section 11.2. */
const TOKEN68 = /[ \t]+[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;

/** Takes one expression after the other off a text. */
function scannerOf(text: string) {
  let at = 0;
  return {
    isAtEnd: () => at >= text.length,
    take(expression: RegExp): RegExpExecArray | null {
      expression.lastIndex = at;
      const match = expression.exec(text);
      at += match?.[0].length ?? 0;
      return match;
    },
  };
}

/**
 * Credentials or challenges with nothing but their schemes, their realms and the names of what else they hold; the mask
 * alone when they cannot be read.
 */
export function redactCredentials(value: string): string {
  const scanner = scannerOf(value.trim());
  let shown = '';
  let separator = '';
  for (scanner.take(SEPARATORS); !scanner.isAtEnd(); scanner.take(SEPARATORS)) {
    const [, name = '', content = ''] = scanner.take(PARAMETER) ?? [];
    if (name !== '') {
      const key = name.toLowerCase();
      if (shown === '' || !NAMED.has(key)) return MASK;
      shown += `${separator}${name}=${key === SHOWN ? content : MASK}`;
      separator = ', ';
      continue;
    }
    const scheme = scanner.take(SCHEME)?.[1] ?? '';
    if (!SCHEMES.has(scheme.toLowerCase())) return MASK;
    const token = scanner.take(TOKEN68) === null ? '' : ` ${MASK}`;
    shown += `${separator}${scheme}${token}`;
    separator = token === '' ? ' ' : ', ';
  }
  return shown;
}
