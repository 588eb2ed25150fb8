/** Names that are not simply capitalised after each dash. */
const SPECIAL = new Map(
  [
    'Call-ID',
    'Content-ID',
    'CSeq',
    'MIME-Version',
    'RAck',
    'SIP-ETag',
    'SIP-If-Match',
    'WWW-Authenticate',
  ].map((name) => [name.toLowerCase(), name]),
);

/**
 * The usual spelling of a header name that a client wrote in small letters, as drachtio-srf does. Case means nothing in
 * SIP (RFC 3261 section 7.3.1), but there are peers that read it. Names with a capital, and `x-` names, stay as they are.
 */
export function usualHeaderName(name: string): string {
  if (name !== name.toLowerCase() || name.startsWith('x-')) return name;
  return SPECIAL.get(name) ?? name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
