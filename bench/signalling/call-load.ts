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
  readonly #failures: string[] = [];

  constructor(dialer: Dialer, to: string) {
    this.#dialer = dialer;
    this.#request = {
      to,
      from: { user: 'bench' },
      sdpOffer: OFFER,
      ringTimeoutMs: RING_TIMEOUT_MS,
    };
  }

  /** What calls ended with that were not answered. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** One call; resolves with the time to its answer, or with nothing when there was none. */
  async #call(): Promise<number | undefined> {
    const startedMs = performance.now();
    let setupMs = 0;
    const end = await new Promise<LegEnd>((ended) => {
      const leg = this.#dialer.dial(this.#request, {
        signalled: () => undefined,
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
    if (end.kind === 'hungUp') return setupMs;
    const { code = end.kind, detail = '' } = end.kind === 'failed' ? end.fault : {};
    this.#failures.push(`${code} ${detail}`);
    return undefined;
  }

  /** So many calls at a time, the next as soon as one is over, for `seconds`. */
  async saturate(atATime: number, seconds: number): Promise<LoadResult> {
    const startedMs = performance.now();
    const untilMs = startedMs + seconds * 1000;
    const setupMs: (number | undefined)[] = [];
    const line = async (): Promise<void> => {
      while (performance.now() < untilMs) setupMs.push(await this.#call());
    };
    await Promise.all(Array.from({ length: atATime }, line));
    return resultOf(setupMs, startedMs);
  }

  /** So many new calls per second for `seconds`, whatever becomes of them meanwhile. */
  async pace(perSecond: number, seconds: number): Promise<LoadResult> {
    const startedMs = performance.now();
    const calls: Promise<number | undefined>[] = [];
    while (calls.length < perSecond * seconds) {
      const due = ((performance.now() - startedMs) / 1000) * perSecond;
      while (calls.length < due) calls.push(this.#call());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return resultOf(await Promise.all(calls), startedMs);
  }
}

function resultOf(times: readonly (number | undefined)[], startedMs: number): LoadResult {
  const setupMs = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  return { calls: setupMs.length, seconds: (performance.now() - startedMs) / 1000, setupMs };
}
