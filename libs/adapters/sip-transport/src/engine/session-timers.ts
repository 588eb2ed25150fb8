import {
  EMPTY_BODY,
  grantedTerms,
  InviteClient,
  minSessionExpiresOf,
  sessionExpiresOf,
  SessionTimer,
  supportsSessionTimer,
} from '#protocol/sip';
import type { SessionTerms, SipHeaders, SipMessage, SipRequest, SipResponse } from '#protocol/sip';
import type { Leg } from './leg.ts';
import type { SharedContext } from './shared-context.ts';

/** The shortest session interval that we take, in seconds; RFC 4028 section 5 allows no less. */
const MIN_SECONDS = 90;
/** Methods whose 2xx refreshes a session. */
const REFRESHING = new Set(['INVITE', 'UPDATE']);

/**
 * The sessions of the legs (RFC 4028): learns from every INVITE and UPDATE of either side what is agreed, and sends
 * the refreshes that are ours: a re-INVITE with our last description, unchanged. Clients do not hear of those.
 */
export class SessionTimers {
  readonly #context: SharedContext;
  readonly #expired: (leg: Leg) => void;

  /** @param expired Called when nobody refreshed the session of a leg. */
  constructor(context: SharedContext, expired: (leg: Leg) => void) {
    this.#context = context;
    this.#expired = expired;
  }

  /** The value of Min-SE for a request of the peer that asks for a shorter interval than we take: answer 422. */
  tooShortFor(request: SipRequest): string | undefined {
    const asked = REFRESHING.has(request.method) ? sessionExpiresOf(request) : undefined;
    return asked === undefined || asked.seconds >= MIN_SECONDS ? undefined : String(MIN_SECONDS);
  }

  /** What a client's request of a leg has to carry so that it does not end the session timer. */
  headersFor(leg: Leg, sketch: SipRequest): readonly (readonly [string, string])[] {
    const { session } = leg;
    if (!REFRESHING.has(sketch.method) || session?.terms === undefined) return [];
    if (sketch.headers.has('Session-Expires')) return [];
    return timerHeaders(session, supportsSessionTimer(sketch));
  }

  /** The peer has accepted an INVITE or UPDATE of ours: its 2xx says what is agreed. */
  confirmed(leg: Leg, request: SipRequest, response: SipResponse): void {
    const stated = sessionExpiresOf(response);
    // A 2xx that names nobody leaves it at what was asked for.
    const refresher = stated?.refresher ?? sessionExpiresOf(request)?.refresher;
    const terms = stated && { seconds: stated.seconds, isRefresher: refresher !== 'uas' };
    if (leg.isOver) return;
    this.#remember(leg, request);
    if (leg.dialog === undefined || (terms === undefined && leg.session === undefined)) return;
    const session = (leg.session ??= this.#create(leg));
    session.raiseMinimum(minSessionExpiresOf(request));
    session.agree(terms);
  }

  /** A client accepts an INVITE or UPDATE of the peer: completes its 2xx by what is agreed with that. */
  accepting(leg: Leg, request: SipRequest, response: SipResponse): void {
    if (response.status > 299 || !REFRESHING.has(request.method)) return;
    // Before the call is answered there is no session.
    if (response.status < 200 || leg.dialog === undefined || leg.isOver) return;
    const terms = termsOf(response) ?? grantedTerms(request, leg.session?.terms);
    this.#remember(leg, response);
    if (terms === undefined && leg.session === undefined) return;
    const session = (leg.session ??= this.#create(leg));
    session.agree(terms);
    const { headers } = response;
    if (session.terms === undefined || headers.has('Session-Expires')) return;
    const { seconds, isRefresher } = session.terms;
    if (!isRefresher && !requiresTimer(headers)) headers.append('Require', 'timer');
    headers.append('Session-Expires', `${seconds};refresher=${isRefresher ? 'uas' : 'uac'}`);
  }

  /** The client's ACK of a late offer carries our description. */
  described(leg: Leg, body: Uint8Array | undefined): void {
    if (body !== undefined && body.length > 0) leg.localSession.body = body;
  }

  #remember(leg: Leg, ours: SipMessage): void {
    const contact = ours.headers.get('Contact');
    if (contact !== undefined) leg.localSession.contact = contact;
    if (ours.body.length === 0) return;
    leg.localSession.body = ours.body;
    leg.localSession.type = ours.headers.get('Content-Type') ?? leg.localSession.type;
  }

  #create(leg: Leg): SessionTimer {
    const session: SessionTimer = new SessionTimer({
      ...this.#context,
      minSeconds: MIN_SECONDS,
      ownsCallId: leg.id.endsWith(`;from-tag=${leg.dialog?.localTag ?? ''}`),
      handlers: {
        refresh: () => this.#refresh(leg, session),
        expired: () => this.#expired(leg),
      },
    });
    return session;
  }

  #refresh(leg: Leg, session: SessionTimer): void {
    const isBusy = leg.isNegotiating || leg.unacknowledged !== undefined || leg.isEnding;
    const refresh =
      isBusy || this.#context.isFull() ? undefined : this.#createRefresh(leg, session);
    if (refresh === undefined) session.postpone();
    else {
      leg.reinvite = refresh;
      refresh.start();
    }
  }

  #createRefresh(leg: Leg, session: SessionTimer): InviteClient | undefined {
    const { dialog, localSession } = leg;
    // Without a description of ours it would be a late offer, which takes a client to answer.
    if (dialog === undefined || localSession.body === EMPTY_BODY) return undefined;
    const routed = dialog.createRequest({
      method: 'INVITE',
      headers: [
        ['Contact', localSession.contact],
        ...timerHeaders(session, false),
        ['Content-Type', localSession.type],
      ],
      body: localSession.body,
    });
    const refresh: InviteClient = new InviteClient({
      ...this.#context,
      outgoing: this.#context.sender.prepareWithin(routed),
      within: dialog,
      handlers: {
        provisional: () => undefined,
        answered: (_dialog, response) => {
          refresh.acknowledge();
          this.confirmed(leg, refresh.request, response);
        },
        rejected: (response) => session.refused(response),
        unacknowledged: () => undefined,
        ended: () => {
          if (leg.reinvite === refresh) leg.reinvite = undefined;
        },
      },
    });
    return refresh;
  }
}

function timerHeaders(
  session: SessionTimer,
  isSupportTold: boolean,
): readonly (readonly [string, string])[] {
  // Who refreshes stays as it is (RFC 4028 section 7.4).
  const refresher = session.terms?.isRefresher === false ? 'uas' : 'uac';
  return [
    ...(isSupportTold ? [] : ([['Supported', 'timer']] as const)),
    ['Session-Expires', `${session.wantedSeconds};refresher=${refresher}`],
    ['Min-SE', String(session.minSeconds)],
  ];
}

const requiresTimer = (headers: SipHeaders): boolean =>
  headers.getAll('Require').some((value) => /\btimer\b/i.test(value));

/** What a client itself grants in its 2xx. */
function termsOf(response: SipResponse): SessionTerms | undefined {
  const stated = sessionExpiresOf(response);
  return stated && { seconds: stated.seconds, isRefresher: stated.refresher === 'uas' };
}
