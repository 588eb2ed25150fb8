import { parseCSeq } from '../message/cseq.ts';
import { SipHeaders } from '../message/headers.ts';
import { EMPTY_BODY } from '../message/message.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { tagOf } from '../transaction/transaction-key.ts';
import { contactUriOf, recordRoutesOf, routeRequest } from './route-set.ts';

/** What a request within a dialog carries besides what the dialog itself knows. */
export interface RequestContent {
  readonly method: string;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly body?: Uint8Array;
}

/** A request that is complete but for its Via, and where to send it. */
export interface RoutedRequest {
  readonly request: SipRequest;
  /** The URI whose host is to be looked up and sent to. */
  readonly nextHop: string;
  /** On TLS whose certificate is good for a next hop that is an address. */
  readonly serverName?: string;
}

interface DialogStart {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
  readonly routeSet: readonly string[];
  readonly target: string | undefined;
  readonly fallbackTarget: string;
}

/**
 * A dialog: the peer-to-peer relationship between two user agents (RFC 3261 section 12).
 * Knows who is who, where requests go, and which numbers they have.
 */
export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** Empty for a peer that gave no tag (RFC 2543). */
  readonly remoteTag: string;
  /**
   * The name that the peer proved on TLS when the dialog began. Addresses that it names as its next hop are its own to
   * name, and have no certificates as a rule: they have to prove this name.
   */
  serverName: string | undefined;
  readonly #localAddress: string;
  readonly #remoteAddress: string;
  readonly #fallbackTarget: string;
  #localSequence: number;
  #remoteSequence: number | undefined;
  #routeSet: readonly string[];
  #target: string | undefined;

  private constructor(start: DialogStart) {
    this.callId = start.callId;
    this.localTag = start.localTag;
    this.remoteTag = start.remoteTag;
    this.#localAddress = start.localAddress;
    this.#remoteAddress = start.remoteAddress;
    this.#fallbackTarget = start.fallbackTarget;
    this.#localSequence = start.localSequence;
    this.#remoteSequence = start.remoteSequence;
    this.#routeSet = start.routeSet;
    this.#target = start.target;
  }

  /** The caller's side, from a provisional or 2xx response to our INVITE (RFC 3261 section 12.1.2). */
  static asCaller(invite: SipRequest, response: SipResponse): Dialog {
    const { headers } = invite;
    const remoteAddress = response.headers.get('To') ?? '';
    return new Dialog({
      callId: headers.get('Call-ID') ?? '',
      localTag: tagOf(headers.get('From')) ?? '',
      remoteTag: tagOf(remoteAddress) ?? '',
      localAddress: headers.get('From') ?? '',
      remoteAddress,
      localSequence: sequenceOf(invite),
      remoteSequence: undefined,
      routeSet: [...recordRoutesOf(response.headers)].reverse(),
      target: contactUriOf(response.headers),
      fallbackTarget: invite.uri,
    });
  }

  /** The callee's side, from an INVITE and our response that carries the To tag (RFC 3261 section 12.1.1). */
  static asCallee(invite: SipRequest, response: SipResponse): Dialog {
    const remoteAddress = invite.headers.get('From') ?? '';
    const localAddress = response.headers.get('To') ?? '';
    const target = contactUriOf(invite.headers);
    return new Dialog({
      callId: invite.headers.get('Call-ID') ?? '',
      localTag: tagOf(localAddress) ?? '',
      remoteTag: tagOf(remoteAddress) ?? '',
      localAddress,
      remoteAddress,
      localSequence: 0,
      remoteSequence: sequenceOf(invite),
      routeSet: recordRoutesOf(invite.headers),
      target,
      fallbackTarget: invite.uri,
    });
  }

  /** The URI requests are sent to, proxies aside. */
  get target(): string {
    return this.#target ?? this.#fallbackTarget;
  }

  /** The URI whose host requests are sent to: the first proxy, or the target. */
  get nextHop(): string {
    return routeRequest(this.#routeSet, this.target).nextHop;
  }

  /** Whether the peer said where it wants to be reached; without that only what is inevitable should be sent. */
  get hasTarget(): boolean {
    return this.#target !== undefined;
  }

  /** The 2xx came: its Record-Route and Contact replace those of provisional responses (RFC 3261 13.2.2.4). */
  confirm(response: SipResponse): void {
    this.#routeSet = [...recordRoutesOf(response.headers)].reverse();
    this.refreshTarget(response);
  }

  /** A target refresh request or its 2xx may move the peer; the route set stays (RFC 3261 section 12.2). */
  refreshTarget(message: SipMessage): void {
    this.#target = contactUriOf(message.headers) ?? this.#target;
  }

  /** Makes the next request of this dialog; its number is one up. Not for ACK and CANCEL. */
  createRequest(content: RequestContent): RoutedRequest {
    this.#localSequence += 1;
    return this.#create(content, this.#localSequence);
  }

  /** Makes the ACK of a 2xx to the INVITE with that CSeq number (RFC 3261 section 13.2.2.4). */
  createAck(inviteSequence: number, content: Omit<RequestContent, 'method'> = {}): RoutedRequest {
    return this.#create({ ...content, method: 'ACK' }, inviteSequence);
  }

  #create(content: RequestContent, sequence: number): RoutedRequest {
    const { requestUri, routes, nextHop } = routeRequest(this.#routeSet, this.target);
    const headers = new SipHeaders([['Max-Forwards', '70']]);
    for (const route of routes) headers.append('Route', route);
    headers.append('From', this.#localAddress);
    headers.append('To', this.#remoteAddress);
    headers.append('Call-ID', this.callId);
    headers.append('CSeq', `${sequence} ${content.method}`);
    for (const [name, value] of content.headers ?? []) {
      if (!OWNED_HEADERS.has(name.toLowerCase())) headers.append(name, value);
    }
    const body = content.body ?? EMPTY_BODY;
    return {
      request: { kind: 'request', method: content.method, uri: requestUri, headers, body },
      nextHop,
      ...(this.serverName === undefined ? {} : { serverName: this.serverName }),
    };
  }

  /**
   * Checks the CSeq of a request from the peer and remembers it (RFC 3261 section 12.2.2). Gaps are fine.
   *
   * @returns false for a number that is not higher than the last one: answer 500.
   */
  acceptSequence(request: SipRequest): boolean {
    const sequence = sequenceOf(request);
    if (this.#remoteSequence !== undefined && sequence <= this.#remoteSequence) return false;
    this.#remoteSequence = sequence;
    return true;
  }
}

/** Headers that the dialog or the transport below writes; whoever asks for a request cannot. */
const OWNED_HEADERS = new Set([
  'via',
  'route',
  'record-route',
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-length',
]);

/** The number in CSeq. */
export function sequenceOf(message: SipMessage): number {
  return parseCSeq(message.headers.get('CSeq') ?? '').sequence;
}
