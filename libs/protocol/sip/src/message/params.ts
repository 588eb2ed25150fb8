import { MAX_PARAMS } from './limits.ts';
import { excerpt, SipParseError } from './sip-parse-error.ts';

/** Parameters by lower-case name; the value is as on the wire, quotes included; `true` where there is none. */
export type Params = ReadonlyMap<string, string | true>;

const PARAM =
  /[ \t]*;[ \t]*([\w\-.!%*+`'~[\]/:&$]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s;,"<>]+))?/suy;

/**
 * Reads `;name=value;flag` up to the end of the text. Of a repeated name the first counts.
 *
 * @throws SipParseError `parameter` for anything else, `;;` included.
 */
export function parseParams(text: string): Map<string, string | true> {
  const params = new Map<string, string | true>();
  const end = text.trimEnd().length;
  let at = 0;
  while (at < end) {
    PARAM.lastIndex = at;
    const match = PARAM.exec(text);
    if (match === null || params.size >= MAX_PARAMS) {
      throw new SipParseError('parameter', `not a parameter list: ${excerpt(text)}`);
    }
    const name = (match[1] ?? '').toLowerCase();
    if (!params.has(name)) params.set(name, match[2] ?? true);
    at += match[0].length;
  }
  return params;
}

/** The parameters as `;name=value;flag`, in the order of the map. */
export function formatParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === true ? `;${name}` : `;${name}=${value}`;
  return text;
}
