import { endsCall, responseTo } from '#protocol/sip';
import type { OutgoingRequest, SipResponse } from '#protocol/sip';
import type { EngineContext } from './context.ts';
import type { EndingCause } from './ending-cause.ts';
import type { Leg } from './leg.ts';

/** Ends legs, and remembers the BYEs that still wait for their response. */
export class LegEndings {
  readonly #context: EngineContext;
  readonly #farewells = new Set<OutgoingRequest>();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** BYEs of the server itself that are not answered yet. */
  get farewellCount(): number {
    return this.#farewells.size;
  }

  /**
   * Ends a leg whatever state it is in. One that is up gets its ACK if that is missing, and BYE; one that rings is
   * cancelled and stays until its INVITE is over.
   */
  hangUp(leg: Leg, cause: EndingCause): void {
    if (leg.isEnding || leg.isOver) return;
    const header = ['Reason', `SIP;cause=${cause.status ?? 200};text="${cause.reason}"`] as const;
    if (leg.dialog === undefined) {
      if (leg.invite === undefined) this.remove(leg);
      else leg.invite.cancel([header]);
      return;
    }
    leg.isEnding = true;
    leg.unacknowledged?.acknowledge();
    const bye = leg.dialog.createRequest({ method: 'BYE', headers: [header] });
    const farewell = this.#context.sender.prepareWithin(bye);
    const { message: request, path } = farewell;
    if (cause.isTold) this.#context.reports.unsolicited(leg.owner, leg.id, { request, path });
    this.remove(leg);
    this.#send(farewell);
  }

  /** Hangs up when the response to a request of ours says that the peer has lost the call (RFC 5057). */
  endIfLost(leg: Leg, method: string, { status }: SipResponse): void {
    if (leg.dialog === undefined || !endsCall(method, status)) return;
    this.hangUp(leg, { reason: `${status} to ${method}`, status, isTold: true });
  }

  #send(farewell: OutgoingRequest): void {
    this.#farewells.add(farewell);
    const over = (): void => void this.#farewells.delete(farewell);
    farewell.start({
      response: (response) => {
        if (response.status >= 200) over();
      },
      timedOut: over,
      transportFailed: over,
      unroutable: over,
      terminated: over,
    });
  }

  /** Forgets a leg that is over. What the peer still waits for is answered. */
  remove(leg: Leg): void {
    this.#context.legs.remove(leg);
    for (const transaction of leg.takeHeld()) {
      const isBye = transaction.request.method === 'BYE';
      const parts = isBye
        ? { status: 200, reason: 'OK' }
        : { status: 481, reason: 'Call/Transaction Does Not Exist' };
      transaction.respond(responseTo(transaction.request, parts));
    }
    leg.dispose();
  }
}
