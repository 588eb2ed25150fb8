import type { DialRequest } from '#domain';
import { formatUri, parseNameAddr, parseUri, SipParseError, splitList } from '#protocol/sip';
import type { SipUri } from '#protocol/sip';
import { isDialable } from './invite-headers.ts';
import { oneLine } from './sip-status-map.ts';

/** How many addresses are tried beside the first one. */
const MAX_TARGETS = 5;
/** How many a single response may name. */
const MAX_CONTACTS = 16;
/** Use Proxy would send everything, the login too, through a stranger; Alternative Service is text for people. */
const NOT_FOLLOWED: Readonly<Record<number, string>> = {
  305: 'a redirect to a proxy is not followed',
  380: 'an alternative service is not followed',
};
/** No part of where to go (RFC 3261 section 19.1.5). */
const IGNORED_PARAMETERS = ['method'];
/** `maddr` overrules the host; escapes could hide it. */
const LEADS_ELSEWHERE = /(?:^|,)maddr(?:,|$)|%/;
const EMPTY_LABEL = /^\.|\.\./;
const LITERAL = /^(?:[\d.]+|\[.*\])$/;

interface Target {
  readonly address: SipUri;
  /** The address as text, without password and headers. */
  readonly uri: string;
  /** Preference from 0 to 1. */
  readonly q: number;
}

function uriOf(text: string): SipUri | undefined {
  try {
    return parseUri(text);
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

const plainHost = (host: string): string => host.toLowerCase().replace(/\.$/, '');

const transportOf = ({ params }: SipUri): string => String(params.get('transport')).toLowerCase();

const isSecure = (uri: SipUri): boolean => uri.scheme === 'sips' || transportOf(uri) === 'tls';

function domainsOf({ to, outboundProxy }: DialRequest): readonly string[] {
  return [to, outboundProxy].flatMap((text) => {
    const uri = uriOf(text ?? '');
    return uri === undefined ? [] : [plainHost(uri.host)];
  });
}

/** Two addresses that differ in nothing that matters for where a request goes. */
const keyOf = (uri: SipUri): string =>
  [uri.scheme, uri.user ?? '', plainHost(uri.host), uri.port ?? '', transportOf(uri)].join(' ');

/**
 * Where a redirected call may still go: the addresses that its redirects have named, best first.
 *
 * @remarks
 * Followed is only what stays within the call's own domains: the hosts of `to` and of the outbound proxy, and what lies
 * below them; never past the host (`maddr`), never from TLS to what is none, never to the same address twice, five at
 * most. The domain of From is none of them: it is a text that nobody has checked as a target, and a callee of the
 * client's choice could redirect into a private network by it.
 * Any failure but 6xx goes on with the next one. `expires` and headers in the addresses are ignored.
 *
 * @see RFC 3261 section 8.1.3.4
 */
export class RedirectTrail {
  readonly #domains: readonly string[];
  readonly #isSecure: boolean;
  readonly #seen = new Set<string>();
  #waiting: Target[] = [];
  #followed = 0;
  #remark: string | undefined;

  constructor(request: DialRequest) {
    this.#domains = domainsOf(request);
    const uri = uriOf(request.to);
    this.#isSecure = uri !== undefined && isSecure(uri);
    if (uri !== undefined) this.#seen.add(keyOf(uri));
  }

  /** Why the last redirect led nowhere, for the verdict; says where it wanted to lead. */
  get remark(): string | undefined {
    return this.#remark;
  }

  /** Where the INVITE goes after this final response; undefined for nowhere. `contact` is that header, if any. */
  next(status: number, contact: string | undefined): string | undefined {
    this.#remark = undefined;
    if (status >= 600) return undefined;
    if (status < 400) this.#take(status, contact ?? '');
    const [best, ...others] = this.#waiting;
    if (best === undefined) return undefined;
    if (this.#followed === MAX_TARGETS) {
      this.#remark = `not followed to ${best.uri}: ${MAX_TARGETS} addresses were tried`;
      return undefined;
    }
    this.#waiting = others;
    this.#followed += 1;
    this.#remark = undefined;
    return best.uri;
  }

  #take(status: number, contact: string): void {
    const refusal = NOT_FOLLOWED[status];
    const contacts = splitList(contact).slice(0, MAX_CONTACTS);
    const remarks = contacts.flatMap((text) => {
      const problem = refusal ?? this.#enlist(text);
      return problem === undefined ? [] : [`not followed to ${shown(text)}: ${problem}`];
    });
    this.#remark =
      remarks[0] ?? refusal ?? (contacts.length === 0 ? 'it names no address' : undefined);
    this.#waiting.sort((one, other) => other.q - one.q);
  }

  /** Puts an address on the list, or says why not. */
  #enlist(contact: string): string | undefined {
    const target = targetOf(contact);
    if (target === undefined) return 'that is no SIP address';
    const { address, uri } = target;
    if (LEADS_ELSEWHERE.test([...address.params.keys()].join())) return 'it leads past its host';
    if (!this.#isOwn(address.host)) return 'it lies outside the domains of the call';
    if (this.#isSecure && !isSecure(address)) return 'it is not encrypted as the first address was';
    if (!isDialable(uri)) return 'it cannot be dialled';
    const key = keyOf(address);
    if (this.#seen.has(key)) return 'it was tried before';
    this.#seen.add(key);
    this.#waiting.push(target);
    return undefined;
  }

  #isOwn(host: string): boolean {
    const name = plainHost(host);
    const isBelow = (domain: string): boolean =>
      !LITERAL.test(domain) && domain.includes('.') && name.endsWith(`.${domain}`);
    return this.#domains.some((domain) => name === domain || isBelow(domain));
  }
}

/** One element of Contact; undefined when it is no SIP address. */
function targetOf(contact: string): Target | undefined {
  try {
    const { uri: text, params: preferences } = parseNameAddr(contact);
    const { scheme, user, host, port, params } = parseUri(text);
    if (EMPTY_LABEL.test(host)) return undefined;
    const kept = [...params].filter(([name]) => !IGNORED_PARAMETERS.includes(name.toLowerCase()));
    const address: SipUri = {
      ...{ scheme, host, params: new Map(kept) },
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port }),
    };
    const q = Number(preferences.get('q') ?? 1);
    return { address, uri: formatUri(address), q: q >= 0 && q <= 1 ? q : 0 };
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/** Without a password or headers, if it can be read. */
const shown = (contact: string): string => oneLine(targetOf(contact)?.uri ?? contact);
