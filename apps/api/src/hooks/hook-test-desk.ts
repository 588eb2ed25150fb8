import { Inject, Injectable } from '@nestjs/common';
import { hookRequest } from '#adapters/hooks-http';
import { testDelivery } from '#contracts';
import type { HookTestView } from '#contracts';
import { Fault } from '#domain';
import type { HookPoster, HookRecord, HookRegistry, IdFactory } from '#domain';
import { systemClock } from '#foundation';
import type { Logger } from '#foundation';
import { TOKENS } from '../tokens.ts';
import { answerView, textOf } from './hook-view.ts';

/** Tests at the same time, each of which may take 15 s. */
const MAX_TESTS = 16;

/** Tries endpoints, past the queue. */
@Injectable()
export class HookTestDesk {
  #running = 0;

  constructor(
    @Inject(TOKENS.hooks) private readonly registry: HookRegistry,
    @Inject(TOKENS.hookPoster) private readonly poster: HookPoster,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /** @throws Fault CHECKS_TOO_MANY, HOOK_NOT_FOUND. */
  async test(hook: HookRecord): Promise<HookTestView> {
    if (this.#running >= MAX_TESTS) throw new Fault('CHECKS_TOO_MANY');
    this.#running++;
    try {
      return await this.#test(hook);
    } finally {
      this.#running--;
    }
  }

  async #test(hook: HookRecord): Promise<HookTestView> {
    const secrets = await this.registry.openSecrets(hook.id);
    if (secrets === null) throw new Fault('HOOK_NOT_FOUND');
    const id = this.ids.eventId();
    const at = new Date(systemClock.wallMs());
    const { path, body } = testDelivery(hook, { id, at });
    const request = hookRequest({ url: hook.url, path, id, at, body, secrets });
    const outcome = await this.poster.post(request);
    const ok = outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
    this.logger.info('hook.tested', { hookId: hook.id, ok });
    return {
      ok,
      request: { url: request.url, headers: { ...request.headers }, body: textOf(body) },
      answer: outcome.kind === 'answered' ? answerView(outcome) : null,
      failure:
        outcome.kind === 'failed' ? { reason: outcome.reason, detail: outcome.detail } : null,
      durationMs: outcome.durationMs,
    };
  }
}
