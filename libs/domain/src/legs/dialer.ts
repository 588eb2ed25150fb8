import type { Secret } from '#foundation';
import type { Fault } from '../errors/fault.ts';
import type { CustomHeaders } from './custom-headers.ts';
import type { SipNote } from './sip-book.ts';

/** A call to be placed. */
export interface DialRequest {
  /** `sip:` or `sips:` URI, already checked. */
  readonly to: string;
  readonly from: {
    readonly user?: string;
    readonly displayName?: string;
    readonly domain?: string;
  };
  readonly auth?: {
    readonly username: string;
    readonly password: Secret;
    /** Only challenges of these realms are answered. Default: of the first realm that asks. */
    readonly realms?: readonly string[];
  };
  /** Next hop, `sip:` URI. */
  readonly outboundProxy?: string;
  /** In the INVITE beside those of the stack; already checked by `headerProblems`. */
  readonly headers?: CustomHeaders;
  readonly sdpOffer: string;
  /** From the INVITE to the CANCEL when nobody answers, in milliseconds. */
  readonly ringTimeoutMs: number;
}

/** Enough for any node to send a BYE into a dialog later. */
export interface LegIdentity {
  readonly dialogId: string;
  readonly sipCallId: string;
  readonly fromTag: string;
}

/** How a leg ended. */
export type LegEnd =
  /** BYE from the peer. */
  | { readonly kind: 'peerLeft'; readonly detail: string }
  /** Our BYE was answered, or its deadline has passed. */
  | { readonly kind: 'hungUp' }
  /** Our CANCEL took effect before an answer. */
  | { readonly kind: 'canceled' }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Hears what happens to a leg, in order. Its methods must not throw. */
export interface LegObserver {
  /**
   * A message of the leg has passed, sent or received, as far as the signalling server tells of it. It may be heard before or
   * after what comes of it, and for a moment behind the end.
   */
  signalled(note: SipNote): void;
  /** Once. A digest retry keeps the identity. */
  inviteSent(identity: LegIdentity): void;
  /** May repeat. */
  rang(): void;
  /** May repeat. */
  earlyMediaOffered(sdp: string): void;
  /** At most once. */
  answered(sdp: string): void;
  /** The peer changes the session: returns our answer, or undefined to refuse it with 488. */
  reoffered(sdp: string): string | undefined;
  /** The peer asks for our offer (a re-INVITE without SDP): returns it, or undefined to refuse with 488. */
  offerAsked(): string | undefined;
  /** The peer's answer to that offer; without it the session stays as it was. */
  offerAnswered(sdp: string): void;
  /** Exactly once; behind it only messages are heard. */
  ended(end: LegEnd): void;
}

/** One SIP dialog of a call. */
export interface Leg {
  /**
   * Presses one key by SIP INFO (`application/dtmf-relay`). Settles within 6 s when it is confirmed.
   * @param key One of `0-9 A-D * #`.
   * @throws Fault DTMF_REFUSED, CALL_NOT_ANSWERED before the answer and after the end.
   */
  pressKey(key: string): Promise<void>;
  /**
   * Changes the session by a re-INVITE. When it meets one of the peer (491) it is tried again, twice, after 2.1 to 4 s (RFC
   * 3261 section 14.1).
   * @param describe Writes our offer, anew for each try: the peer may have changed the session meanwhile.
   * @returns The answer.
   * @throws Fault HOLD_REFUSED when the peer has not agreed, and the session is as it was; CALL_NOT_ANSWERED before the
   *   answer and after the end.
   */
  reoffer(describe: () => string): Promise<string>;
  /** CANCEL before the answer, BYE after it. Settles within 6 s, after `ended`. */
  hangUp(reason?: string): Promise<void>;
}

/** Places SIP calls. */
export interface Dialer {
  dial(request: DialRequest, observer: LegObserver): Leg;
  /** Ends a dialog that another node has left behind. */
  endOrphan(dialogId: string): Promise<'ended' | 'unknown' | 'unreachable'>;
  /** Whether calls can be placed now. */
  readonly isConnected: boolean;
}
