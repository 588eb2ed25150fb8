import type { RandomSource } from '#foundation';
import { proofQuery, userQuery } from '#protocol/rtmp';
import type { PublishRefusal, RtmpTarget } from '#protocol/rtmp';
import { RtmpFailure } from './rtmp-failure.ts';

/** Logs a publisher in: each demand of the server is answered on a connection of its own. */
export class Login {
  readonly #target: RtmpTarget;
  readonly #random: RandomSource;
  #hasProven = false;
  #hasNamed = false;

  constructor(target: RtmpTarget, random: RandomSource) {
    this.#target = target;
    this.#random = random;
  }

  /** What goes behind the application on the next connection, or why there is no use in one. */
  answer({ description, demand }: PublishRefusal): string | RtmpFailure {
    const { credentials, app } = this.#target;
    if (credentials === undefined) {
      const advice = 'give them in the URL or as fields of the output';
      return new RtmpFailure('RTMP_AUTH_REFUSED', `${description}; ${advice}`);
    }
    if (demand === undefined || this.#hasProven) return this.#goesRound();
    if (demand.kind === 'user') {
      if (this.#hasNamed) return this.#goesRound();
      this.#hasNamed = true;
      return userQuery(demand.scheme, credentials.user);
    }
    this.#hasProven = true;
    const login = { user: credentials.user, password: credentials.password.reveal() };
    return proofQuery(demand, login, { app, random: this.#random });
  }

  #goesRound(): RtmpFailure {
    const detail = 'the server asks for user and password again and again';
    return new RtmpFailure('RTMP_AUTH_REFUSED', detail);
  }
}
