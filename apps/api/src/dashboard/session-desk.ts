import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { SessionStore } from '#domain';
import type { Logger } from '#foundation';
import { OPERATOR } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Tenancy } from '../tenants/tenancy.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';
import type { OpenSession } from './session-ring.ts';
import { bootstrapMarkOf, newSessionToken, tokenHashOf } from './session-token.ts';

/** Opens and closes the sessions of the dashboard. */
@Injectable()
export class SessionDesk {
  constructor(
    @Inject(TOKENS.sessions) private readonly store: SessionStore,
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(Tenancy) private readonly tenancy: Tenancy,
  ) {}

  /**
   * Exchanges a key for a session with a token of its own.
   * @throws Fault KEY_INVALID, KEYS_GUESSED, APP_DISABLED, RATE_LIMITED, STORE_UNAVAILABLE.
   */
  async open(apiKey: string, reply: FastifyReply): Promise<OpenSession> {
    const isBootstrap = this.tenancy.check.isBootstrap(apiKey);
    const caller = isBootstrap ? OPERATOR : await this.#holderOf(apiKey, reply);
    const token = newSessionToken();
    const endsAt = await this.store.openSession({
      tokenHash: tokenHashOf(token),
      bootstrapMark: isBootstrap ? bootstrapMarkOf(token, this.settings.apiKey) : null,
      actor: caller,
    });
    this.logger.info('session.opened', { keyId: caller.keyId, appKey: caller.appKey });
    return { caller, token, endsAt };
  }

  /** A sign-in is one of the requests of its key. */
  async #holderOf(apiKey: string, reply: FastifyReply): Promise<Caller> {
    const { remoteAddress = '' } = reply.request.socket;
    const caller = await this.tenancy.check.holderOf(apiKey, remoteAddress);
    await this.tenancy.rates.pass(caller, reply);
    return caller;
  }

  /** Closes a session, if there is one of that token. */
  async close(token: string): Promise<void> {
    await this.store.closeSession(tokenHashOf(token));
    this.tenancy.sessions.forget(token);
  }

  /**
   * Closes all sessions of a key: other processes know it within seconds.
   * @param token Of the one that asks for it, which is over at once.
   */
  async closeAll(caller: Caller, token: string | undefined): Promise<void> {
    const count = await this.store.closeSessions(caller);
    if (token !== undefined) this.tenancy.sessions.forget(token);
    this.logger.info('session.all_closed', { keyId: caller.keyId, count });
  }
}
