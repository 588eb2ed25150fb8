import { formatParams, parseParams, type Params } from './params.ts';
import { excerpt, SipParseError } from './sip-parse-error.ts';
import { parseHostPort } from './uri.ts';

/**
 * One Via value: where a response has to go (RFC 3261 section 20.42).
 *
 * @see RFC 3581 for `rport` and `received`
 */
export interface Via {
  /** `UDP`, `TCP`, `TLS` ...: upper case. */
  readonly transport: string;
  /** The sent-by host; an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
}

const VIA =
  /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([\w\-.!%*+`'~]+)[ \t]+([^;,\s]+(?:[ \t]*:[ \t]*\d+)?)[ \t]*(?=;|$)/i;

/**
 * Reads one Via value.
 *
 * @throws SipParseError `via` or `parameter`.
 */
export function parseVia(text: string): Via {
  const value = text.trim();
  const match = VIA.exec(value);
  if (match === null) throw new SipParseError('via', `not a Via: ${excerpt(text)}`);
  return {
    transport: (match[1] ?? '').toUpperCase(),
    ...parseHostPort(match[2] ?? '', 'via'),
    params: parseParams(value.slice(match[0].length)),
  };
}

/** The value as text, the counterpart of `parseVia`. */
export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${via.host}${port}${formatParams(via.params)}`;
}
