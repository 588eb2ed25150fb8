import { Fault } from '#domain';
import type {
  CallEvent,
  CallSpec,
  ClaimedCall,
  Dialer,
  HeldBy,
  Leg,
  LegEnd,
  LegObserver,
  SipNote,
} from '#domain';
import type { Logger, RandomSource } from '#foundation';
import type { NegotiatedAudio } from '#protocol/sdp';
import { CallOffer } from './call-offer.ts';
import type { CallSteps } from './call-steps.ts';
import { dialRequestOf } from './dial-request.ts';
import type { CallMedia } from './ports.ts';

/** What a runner of a leg works with. */
export interface LegRunnerOptions {
  readonly steps: CallSteps;
  readonly dialer: Dialer;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** A message has passed; also of a leg that is over. */
  readonly onSignalled: (note: SipNote) => void;
  /** The INVITE has left, at most once; a digest retry is the same one. */
  readonly onInviteSent: () => void;
  /** The peer has answered; it is told before it is written. */
  readonly onAnswered: () => void;
  /** What was agreed with the peer is new, or has changed; before the answer it may do so several times. */
  readonly onAgreed: (audio: NegotiatedAudio) => void;
  /** The leg is over, and not by us; nothing more is heard of it. */
  readonly onLost: (loss: LegLoss) => void;
}

/** Why a leg is over. */
export type LegLoss =
  | { readonly kind: 'peerLeft'; readonly detail: string }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Runs the leg of one call: dials, reads and answers session descriptions, turns what happens into events of the call. */
export class LegRunner {
  readonly #options: LegRunnerOptions;
  #leg: Leg | undefined;
  #audio: NegotiatedAudio | undefined;
  #dialogId: string | undefined;
  #offer: CallOffer | undefined;
  /** As the peer has last asked for it. */
  #isHeldByThem = false;
  /** As the peer has agreed to. */
  #isHeldByUs = false;
  #isAnswered = false;
  #isRetired = false;

  constructor(options: LegRunnerOptions) {
    this.#options = options;
  }

  /** Known when the INVITE has left. */
  get dialogId(): string | undefined {
    return this.#dialogId;
  }

  /** Whether the peer has answered. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** What was agreed with the peer, as it now stands. */
  get audio(): NegotiatedAudio | undefined {
    return this.#audio;
  }

  /** Sends the INVITE of a call as it goes out now, with the ports of `media`. */
  dial(media: CallMedia, call: ClaimedCall): void {
    const { dialer, random, logger } = this.#options;
    const { spec } = call.record;
    if (sendsKeysInClear(spec)) {
      logger.warn('call.srtp_keys_readable', { advice: 'use sips: or ;transport=tls with srtp' });
    }
    const offer = new CallOffer({ spec, media, random });
    this.#offer = offer;
    const request = dialRequestOf(spec, call.secrets, offer.text());
    this.#leg = dialer.dial(request, this.#observer(offer));
  }

  /** Presses a key by SIP INFO. @throws Fault as `Leg.pressKey`. */
  async pressKey(key: string): Promise<void> {
    if (this.#leg === undefined) throw new Fault('CALL_NOT_ANSWERED');
    await this.#leg.pressKey(key);
  }

  /**
   * Holds the peer, or goes on; settles when it has agreed and that is written.
   * @throws Fault HOLD_REFUSED, CALL_NOT_ANSWERED.
   */
  async hold(isHeld: boolean): Promise<void> {
    const leg = this.#leg;
    const offer = this.#offer;
    if (leg === undefined || offer === undefined || !this.#isAnswered) {
      throw new Fault('CALL_NOT_ANSWERED');
    }
    if (isHeld === this.#isHeldByUs) return;
    const answer = await leg.reoffer(() => offer.nextText(isHeld));
    if (this.#isRetired || this.#leg !== leg) throw new Fault('CALL_NOT_ANSWERED');
    const audio = agreedIn(offer, answer);
    offer.hold(isHeld);
    const before = this.#heldBy;
    this.#isHeldByUs = isHeld;
    // Asked for nothing, the peer has said nothing of its own hold.
    if (!isHeld) this.#isHeldByThem = audio.isHeld;
    this.#agree(audio);
    await this.#tellHold(before, 'us');
  }

  /** Whatever it still hears from the peer counts no more: another leg takes its place. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Ends the leg, if there is one; settles when it has ended. */
  async hangUp(): Promise<void> {
    await this.#leg?.hangUp();
  }

  #observer(offer: CallOffer): LegObserver {
    const { steps } = this.#options;
    return {
      signalled: (note) => this.#options.onSignalled(note),
      inviteSent: (identity) => {
        this.#dialogId = identity.dialogId;
        this.#options.onInviteSent();
        if (!this.#isRetired) {
          steps.fire('inviteSent', () => ({ patch: { leg: identity } }));
        }
      },
      rang: () => {
        if (!this.#isRetired) steps.fire('rang');
      },
      earlyMediaOffered: (sdp) => {
        if (!this.#isRetired) this.#earlyMedia(offer, sdp);
      },
      answered: (sdp) => {
        if (!this.#isRetired) this.#answered(offer, sdp);
      },
      reoffered: (sdp) => (this.#isRetired ? undefined : this.#reoffered(offer, sdp)),
      offerAsked: () => (this.#isRetired ? undefined : offer.nextText()),
      offerAnswered: (sdp) => {
        if (!this.#isRetired) this.#offerAnswered(offer, sdp);
      },
      ended: (end) => this.#ended(end),
    };
  }

  /** Of several forks the last one is followed. What cannot be used is passed over: the answer may be better. */
  #earlyMedia(offer: CallOffer, sdp: string): void {
    const { steps, logger } = this.#options;
    const audio = attempt(
      () => offer.accept(sdp),
      (error) => logger.info('call.early_media_unusable', { error: String(error) }),
    );
    const peerSends = audio?.direction === 'recvonly' || audio?.direction === 'sendrecv';
    if (audio === undefined || !peerSends) return;
    // Announcements often go one way: before the answer that is no hold.
    this.#agree(audio);
    steps.fire('earlyMediaOffered');
  }

  #answered(offer: CallOffer, sdp: string): void {
    const { steps } = this.#options;
    const audio = attempt(
      () => offer.accept(sdp),
      (error) => steps.fail(error),
    );
    if (audio === undefined) return;
    this.#isAnswered = true;
    this.#options.onAnswered();
    this.#isHeldByThem = audio.isHeld;
    this.#agree(audio);
    steps.fire('answered', () => ({ patch: { sipStatus: 200 } }));
    void this.#tellHold(null, 'them');
  }

  #reoffered(offer: CallOffer, sdp: string): string | undefined {
    const answer = attempt(
      () => offer.answer(sdp),
      (error) => this.#refused(error),
    );
    if (answer === undefined) return undefined;
    this.#change(answer.audio ?? this.#withoutStream());
    return answer.sdp;
  }

  #offerAnswered(offer: CallOffer, sdp: string): void {
    const audio = attempt(
      () => offer.accept(sdp),
      (error) => this.#refused(error),
    );
    // An answer to our hold says nothing of theirs.
    this.#change(audio && (this.#isHeldByUs ? { ...audio, isHeld: this.#isHeldByThem } : audio));
  }

  #refused(error: unknown): void {
    this.#options.logger.warn('call.reoffer_refused', { error: String(error) });
  }

  /** The peer has taken the stream away. As long as it does not come back the call is held. */
  #withoutStream(): NegotiatedAudio | undefined {
    const { audio } = this;
    return audio && { ...audio, remote: undefined, direction: 'inactive', isHeld: true };
  }

  #change(audio: NegotiatedAudio | undefined): void {
    if (audio === undefined) return;
    const before = this.#heldBy;
    this.#isHeldByThem = audio.isHeld;
    this.#agree(audio);
    void this.#tellHold(before, 'them');
  }

  #agree(audio: NegotiatedAudio): void {
    this.#audio = { ...audio, isHeld: this.#heldBy !== null };
    this.#options.onAgreed(this.#audio);
  }

  get #heldBy(): HeldBy | null {
    if (this.#isHeldByUs) return this.#isHeldByThem ? 'both' : 'us';
    return this.#isHeldByThem ? 'them' : null;
  }

  /** Most offers within a call change nothing: they only refresh the session. */
  async #tellHold(before: HeldBy | null, by: 'us' | 'them'): Promise<void> {
    const heldBy = this.#heldBy;
    if (heldBy === before) return;
    const event = holdEvent({ before, heldBy, by });
    await this.#options.steps.take(event, () => ({ patch: { heldBy }, data: { by, heldBy } }));
  }

  #ended(end: LegEnd): void {
    this.#leg = undefined;
    if (this.#isRetired) return;
    if (end.kind === 'peerLeft' || end.kind === 'failed') this.#options.onLost(end);
  }
}

/** What a change of who holds is to the call. */
function holdEvent(change: {
  readonly before: HeldBy | null;
  readonly heldBy: HeldBy | null;
  readonly by: 'us' | 'them';
}): CallEvent {
  const { before, heldBy, by } = change;
  if (before !== null && heldBy !== null) return 'holdShifted';
  if (heldBy !== null) return by === 'us' ? 'weHeld' : 'peerHeld';
  return by === 'us' ? 'weResumed' : 'peerResumed';
}

/** What was agreed by an answer to our offer. @throws Fault HOLD_REFUSED when it cannot be used. */
function agreedIn(offer: CallOffer, answer: string): NegotiatedAudio {
  try {
    return offer.accept(answer);
  } catch (cause) {
    const detail = cause instanceof Fault ? cause.detail : String(cause);
    throw new Fault('HOLD_REFUSED', { detail, cause });
  }
}

/** Whether SDP with keys goes out over what is not asked to be TLS: who reads it can read the packets. */
function sendsKeysInClear({ media, to, outboundProxy }: CallSpec): boolean {
  const isTls = /^sips:|;transport=tls(?:[;?]|$)/i.test(outboundProxy ?? to);
  return (media.srtp ?? 'off') !== 'off' && !isTls;
}

/** Nothing may be thrown at the dialer. */
function attempt<T>(run: () => T, onError: (error: unknown) => void): T | undefined {
  try {
    return run();
  } catch (error) {
    onError(error);
    return undefined;
  }
}
