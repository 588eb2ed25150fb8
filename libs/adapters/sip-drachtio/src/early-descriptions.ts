/** A response, as far as it tells which fork sent it. */
interface ForkResponse {
  get(name: string): string | undefined;
}

/** More forks than a call can sensibly have. */
const MAX_FORKS = 16;

/**
 * What the forks of one INVITE have described before the answer. A 200 has no description of its own when a reliable
 * response of the same fork had it (RFC 3262 section 5, RFC 3264 section 4).
 */
export class EarlyDescriptions {
  readonly #byFork = new Map<string, string>();
  #newest = '';

  note(response: ForkResponse, sdp: string): void {
    this.#newest = sdp;
    const fork = forkOf(response);
    if (this.#byFork.size < MAX_FORKS || this.#byFork.has(fork)) this.#byFork.set(fork, sdp);
  }

  /** That of the fork which has answered; of a peer that changed its tag the newest; empty when there was none. */
  of(answer: ForkResponse): string {
    return this.#byFork.get(forkOf(answer)) ?? this.#newest;
  }
}

const forkOf = (response: ForkResponse): string =>
  /;\s*tag=([^;\s>,]+)/i.exec(response.get('To') ?? '')?.[1] ?? '';
