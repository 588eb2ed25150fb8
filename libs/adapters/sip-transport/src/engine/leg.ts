import type {
  AwaitedPrack,
  Dialog,
  InviteAnswer,
  InviteClient,
  KeepAlive,
  OutgoingRequest,
  ServerTransaction,
  SessionTimer,
  SipRequest,
} from '#protocol/sip';
import { EMPTY_BODY, parseRAck, responseTo, sequenceOf, tagOf } from '#protocol/sip';
import type { ClientLink } from './client-link.ts';

/** How many requests of a peer wait for the client's ACK. */
const MAX_HELD = 8;
/** How many of a peer's INVITEs may wait for their ACK at a time. */
const MAX_ANSWERS = 4;

/** What a repetition of our last offer or answer is made of. */
interface LocalSession {
  contact: string;
  type: string;
  body: Uint8Array;
}

/**
 * One call leg: from the INVITE that asks for it to the BYE that ends it. Clients know it by its dialog id,
 * `<Call-ID>;from-tag=<tag of the caller>`.
 */
export class Leg {
  readonly id: string;
  /** Who hears of it. A client that lost its connection stays the owner until another one uses the leg. */
  owner: ClientLink;
  /** Our INVITE that asked for the leg, until nothing more comes of it. */
  invite: InviteClient | undefined;
  /** Our re-INVITE in progress. */
  reinvite: InviteClient | undefined;
  /** Our UPDATE with an offer, until it is answered. */
  openUpdate: OutgoingRequest | undefined;
  /** The latest UPDATE of the peer. */
  peerUpdate: ServerTransaction | undefined;
  /** Set when the leg is up. */
  dialog: Dialog | undefined;
  /** As long as an INVITE of the peer has been answered by provisional responses only. */
  early: Dialog | undefined;
  /** Set once a session timer was agreed (RFC 4028). */
  session: SessionTimer | undefined;
  /** Set once the leg is up, on UDP. */
  keepAlive: KeepAlive | undefined;
  /** The OPTIONS of the keep-alive, until it is over. */
  question: OutgoingRequest | undefined;
  readonly localSession: LocalSession = {
    contact: '',
    type: 'application/sdp',
    body: EMPTY_BODY,
  };
  /** A BYE of ours is on its way. */
  isEnding = false;
  #isOver = false;
  readonly #answers = new Map<number, InviteAnswer>();
  #held: ServerTransaction[] = [];

  constructor(id: string, owner: ClientLink) {
    this.id = id;
    this.owner = owner;
  }

  /** Whether the leg has ended. What was under way then may still get its answers. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The dialog, early ones included. */
  get anyDialog(): Dialog | undefined {
    return this.dialog ?? this.invite?.dialog ?? this.early;
  }

  /** Our INVITE whose 2xx waits for the client's ACK. */
  get unacknowledged(): InviteClient | undefined {
    return [this.reinvite, this.invite].find((invite) => invite?.awaitsAck === true);
  }

  /** The dialog that a request of the peer belongs to: both tags have to be right. Forks have one each. */
  dialogOf(request: SipRequest): Dialog | undefined {
    const { dialog, early, invite } = this;
    const candidates = dialog === undefined ? [...(invite?.earlyDialogs ?? []), early] : [dialog];
    const localTag = tagOf(request.headers.get('To'));
    const remoteTag = tagOf(request.headers.get('From')) ?? '';
    return candidates.find((each) => each?.localTag === localTag && each?.remoteTag === remoteTag);
  }

  /** Whether an offer of ours waits for its answer: one of the peer collides with it. */
  get isOurOfferOpen(): boolean {
    const isInviteOpen = [this.invite, this.reinvite].some((each) => each?.isOfferOpen === true);
    return isInviteOpen || this.openUpdate !== undefined;
  }

  /** Whether an offer of either side waits for its answer. */
  get isOfferOpen(): boolean {
    const isTheirs = [...this.#answers.values()].some((each) => each.isOfferOpen);
    return isTheirs || this.isOurOfferOpen || this.hasUnansweredUpdate;
  }

  /** Whether an UPDATE of the peer has no final response yet. */
  get hasUnansweredUpdate(): boolean {
    return this.peerUpdate?.isAnswered === false;
  }

  /** Whether an INVITE of either side is open within the dialog, or an offer, so that an INVITE has to wait. */
  get isNegotiating(): boolean {
    const ours = this.reinvite;
    const isOurs = ours?.isPending === true || ours?.awaitsAck === true || this.isOurOfferOpen;
    const answers = [...this.#answers.values()];
    const isTheirs = answers.some(({ transaction }) => !transaction.isAnswered);
    return isOurs || isTheirs || this.hasUnansweredUpdate || answers.length >= MAX_ANSWERS;
  }

  /** Takes a PRACK that our client wants to send; undefined when no response waits for it. */
  takePrack(rack: string): AwaitedPrack | undefined {
    return this.reinvite?.acknowledgeProvisional(rack) ?? this.invite?.acknowledgeProvisional(rack);
  }

  /** Keeps an INVITE of the peer until its ACK. */
  addAnswer(answer: InviteAnswer): void {
    this.#answers.set(sequenceOf(answer.transaction.request), answer);
  }

  removeAnswer(answer: InviteAnswer): void {
    this.#answers.delete(sequenceOf(answer.transaction.request));
  }

  /** The INVITE of the peer that an ACK belongs to. */
  answerOf(ack: SipRequest): InviteAnswer | undefined {
    return this.#answers.get(sequenceOf(ack));
  }

  /** Takes a PRACK of the peer; false when it acknowledges no provisional response of ours. */
  confirm(prack: SipRequest): boolean {
    const rack = parseRAck(prack.headers.get('RAck') ?? '');
    return rack !== undefined && this.#answers.get(rack.sequence)?.confirm(prack) === true;
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** Lets a request wait for the client's ACK; false when there are too many. */
  hold(request: ServerTransaction): boolean {
    if (this.#held.length >= MAX_HELD) return false;
    this.#held.push(request);
    return true;
  }

  takeHeld(): readonly ServerTransaction[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** Ends what would otherwise outlive the leg. */
  dispose(): void {
    this.#isOver = true;
    this.session?.stop();
    this.keepAlive?.stop();
    this.question?.abandon();
    this.reinvite?.terminate();
    this.reinvite = undefined;
    const answers = [...this.#answers.values()];
    this.#answers.clear();
    for (const answer of answers) endAnswer(answer);
  }
}

/** An INVITE of the peer that is still open when its leg ends gets a 487 (RFC 3261 section 15.1.2). */
function endAnswer(answer: InviteAnswer): void {
  const { transaction } = answer;
  if (transaction.isAnswered) {
    answer.abandon();
    return;
  }
  answer.respond(responseTo(transaction.request, { status: 487, reason: 'Request Terminated' }));
}
