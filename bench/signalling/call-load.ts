import type { Dialer, DialRequest, LegEnd } from '#domain';

/** What a load has shown. */
export interface LoadResult {
  readonly calls: number;
  readonly seconds: number;
  /** From the dialling to the answer, sorted, in milliseconds. */
  readonly setupMs: readonly number[];
}

const RING_TIMEOUT_MS = 10_000;
const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 5000 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=recvonly',
  '',
].join('\r\n');

/** Places calls that are hung up as soon as they are answered. */
export class CallLoad {
  readonly #dialer: Dialer;
  readonly #request: DialRequest;

  constructor(dialer: Dialer, to: string) {
    this.#dialer = dialer;
    this.#request = {
      to,
      from: { user: 'bench' },
      sdpOffer: OFFER,
      ringTimeoutMs: RING_TIMEOUT_MS,
    };
  }

  /** One call; resolves with the time to its answer. */
  async #call(): Promise<number> {
    const startedMs = performance.now();
    let setupMs = 0;
    const end = await new Promise<LegEnd>((ended) => {
      const leg = this.#dialer.dial(this.#request, {
        inviteSent: () => undefined,
        rang: () => undefined,
        earlyMediaOffered: () => undefined,
        answered: () => {
          setupMs = performance.now() - startedMs;
          void leg.hangUp();
        },
        reoffered: () => undefined,
        offerAsked: () => undefined,
        offerAnswered: () => undefined,
        ended,
      });
    });
    if (end.kind !== 'hungUp') throw new Error(`a call ended with ${JSON.stringify(end)}`);
    return setupMs;
  }

  /** So many calls at a time, the next as soon as one is over, for `seconds`. */
  async saturate(atATime: number, seconds: number): Promise<LoadResult> {
    const startedMs = performance.now();
    const untilMs = startedMs + seconds * 1000;
    const setupMs: number[] = [];
    const line = async (): Promise<void> => {
      while (performance.now() < untilMs) setupMs.push(await this.#call());
    };
    await Promise.all(Array.from({ length: atATime }, line));
    return resultOf(setupMs, startedMs);
  }

  /** So many new calls per second for `seconds`, whatever becomes of them meanwhile. */
  async pace(perSecond: number, seconds: number): Promise<LoadResult> {
    const startedMs = performance.now();
    const calls: Promise<number>[] = [];
    while (calls.length < perSecond * seconds) {
      const due = ((performance.now() - startedMs) / 1000) * perSecond;
      while (calls.length < due) calls.push(this.#call());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return resultOf(await Promise.all(calls), startedMs);
  }
}

function resultOf(setupMs: readonly number[], startedMs: number): LoadResult {
  return {
    calls: setupMs.length,
    seconds: (performance.now() - startedMs) / 1000,
    setupMs: [...setupMs].sort((a, b) => a - b),
  };
}
