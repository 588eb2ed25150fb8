import { formatNameAddr, parseNameAddr } from '../message/name-addr.ts';
import type { Params } from '../message/params.ts';
import { splitList } from '../message/split-list.ts';
import { formatUri, parseUri } from '../message/uri.ts';
import { formatVia, parseVia } from '../message/via.ts';
import { MASK, orMask } from './mask.ts';

/** Parameters of URIs, addresses and Via that say nothing but where, how and which; all others may be tokens. */
const SHOWN_PARAMS: ReadonlySet<string> = new Set([
  ...['transport', 'user', 'method', 'ttl', 'maddr', 'lr', 'ob', 'comp', 'gr', 'phone-context'],
  ...['tag', 'expires', 'q', 'reason', 'privacy', 'screen', 'party', 'counter', 'index'],
  ...['branch', 'received', 'rport', 'alias', 'keep', 'refresher'],
]);

/** Names of unknown ones are not shown either: a token that was cut in two may be one. */
function shownParams(params: Params): Params {
  const isShown = ([name]: readonly [string, unknown]): boolean => SHOWN_PARAMS.has(name);
  const shown = [...params].filter(isShown);
  return new Map(shown.length === params.size ? shown : [...shown, [MASK, true]]);
}

/** Whose the address is, without what stands behind it: a second half, or the parameters of a telephone number. */
const shownUser = (user: string): string => {
  const end = user.search(/;|%3a/i);
  return end < 0 ? user : `${user.slice(0, end)};${MASK}`;
};

/** An address of a telephone (RFC 3966). */
const TELEPHONE = /^tel:([+\d][\d().-]{0,40})(;.*)?$/i;

/** A URI without password, headers and unknown parameters; of unknown schemes only the scheme is shown. */
export function redactUri(text: string): string {
  return orMask(() => {
    const telephone = TELEPHONE.exec(text);
    if (telephone !== null) {
      return `tel:${telephone[1] ?? ''}${telephone[2] === undefined ? '' : `;${MASK}`}`;
    }
    if (!/^sips?:/i.test(text)) {
      return `${/^([a-z][a-z\d+.-]{0,30}):/i.exec(text)?.[0] ?? ''}${MASK}`;
    }
    const uri = parseUri(text);
    return formatUri({
      ...uri,
      ...(uri.user === undefined ? {} : { user: shownUser(uri.user) }),
      ...(uri.password === undefined ? {} : { password: MASK }),
      params: shownParams(uri.params),
      ...(uri.headers === undefined ? {} : { headers: MASK }),
    });
  });
}

function redactAddress(text: string): string {
  if (text === '*') return text;
  return orMask(() => {
    const address = parseNameAddr(text);
    return formatNameAddr({
      ...address,
      uri: redactUri(address.uri),
      params: shownParams(address.params),
    });
  });
}

function redactVia(text: string): string {
  return orMask(() => {
    const via = parseVia(text);
    return formatVia({ ...via, params: shownParams(via.params) });
  });
}

/** The elements of an address header. */
export const redactAddresses = (value: string): string =>
  splitList(value).map(redactAddress).join(', ');

/** The elements of a Via header. */
export const redactVias = (value: string): string => splitList(value).map(redactVia).join(', ');
