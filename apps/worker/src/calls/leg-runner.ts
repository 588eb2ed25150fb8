import { verdictOf } from '#domain';
import type { ClaimedCall, Dialer, Leg, LegEnd, LegObserver } from '#domain';
import type { Logger, RandomSource } from '#foundation';
import type { NegotiatedAudio } from '#protocol/sdp';
import { CallOffer } from './call-offer.ts';
import type { CallSteps } from './call-steps.ts';
import { dialRequestOf } from './dial-request.ts';
import type { CallMedia } from './ports.ts';

/** What a runner of a leg works with. */
export interface LegRunnerOptions {
  readonly call: ClaimedCall;
  readonly steps: CallSteps;
  readonly dialer: Dialer;
  /** Goes into SDP. */
  readonly mediaAddress: string;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** The answered session has changed. */
  readonly onChanged: (audio: NegotiatedAudio) => void;
  /** The signalling server is lost: the call is to be dialled again. */
  readonly onSignallingLost: () => void;
}

/** Runs the leg of one call: dials, reads and answers session descriptions, turns what happens into events of the call. */
export class LegRunner {
  readonly #options: LegRunnerOptions;
  #offer: CallOffer | undefined;
  #leg: Leg | undefined;
  #audio: NegotiatedAudio | undefined;
  #dialogId: string | undefined;
  /** As the peer has last asked for it. */
  #isHeld = false;

  constructor(options: LegRunnerOptions) {
    this.#options = options;
  }

  /** Known when the INVITE has left. */
  get dialogId(): string | undefined {
    return this.#dialogId;
  }

  /** What was agreed with the peer, as it now stands. */
  get audio(): NegotiatedAudio | undefined {
    return this.#audio;
  }

  /** Sends the INVITE, with the ports of `media`. */
  dial(media: CallMedia): void {
    const { call, dialer, mediaAddress, random } = this.#options;
    const { spec } = call.record;
    this.#offer = new CallOffer({
      spec,
      media,
      address: mediaAddress,
      sessionId: String(random.below(2 ** 31)),
    });
    const request = dialRequestOf(spec, call.secrets, this.#offer.text());
    this.#leg = dialer.dial(request, this.#observer());
  }

  /** Ends the leg, if there is one; settles when it has ended. */
  async hangUp(): Promise<void> {
    await this.#leg?.hangUp();
  }

  #observer(): LegObserver {
    const { steps } = this.#options;
    return {
      inviteSent: (identity) => {
        this.#dialogId = identity.dialogId;
        steps.fire('inviteSent', () => ({ patch: { leg: identity } }));
      },
      rang: () => steps.fire('rang'),
      earlyMediaOffered: () => steps.fire('earlyMediaOffered'),
      answered: (sdp) => this.#answered(sdp),
      reoffered: (sdp) => this.#reoffered(sdp),
      ended: (end) => this.#ended(end),
    };
  }

  #answered(sdp: string): void {
    const { steps } = this.#options;
    try {
      this.#audio = this.#offer?.accept(sdp);
      steps.fire('answered', () => ({ patch: { sipStatus: 200 } }));
    } catch (error) {
      steps.fail(error);
    }
  }

  #reoffered(sdp: string): string | undefined {
    const { steps, logger, onChanged } = this.#options;
    try {
      const answer = this.#offer?.answer(sdp);
      if (answer === undefined) return undefined;
      this.#audio = answer.audio;
      onChanged(answer.audio);
      const { isHeld } = answer.audio;
      // Most offers within a call change nothing: they only refresh the session.
      if (isHeld !== this.#isHeld) steps.fire(isHeld ? 'peerHeld' : 'peerResumed');
      this.#isHeld = isHeld;
      return answer.sdp;
    } catch (error) {
      logger.warn('call.reoffer_refused', { error: String(error) });
      return undefined;
    }
  }

  #ended(end: LegEnd): void {
    const { steps, onSignallingLost } = this.#options;
    this.#leg = undefined;
    if (end.kind === 'peerLeft') {
      const verdict = verdictOf('completed', 'CALL_PEER_LEFT', end.detail);
      steps.fire('peerLeft', () => ({ verdict }));
    } else if (end.kind === 'failed' && end.fault.code === 'SIP_SIGNALLING_LOST') {
      // Not the callee's doing: the call is dialled again, here or elsewhere, as when a node is lost.
      onSignallingLost();
    } else if (end.kind === 'failed') {
      steps.fail(end.fault);
    }
  }
}
