import { Inject, Injectable } from '@nestjs/common';
import { newHookSecret } from '#adapters/hooks-http';
import type { ChangeHook, CreateHook, RotateSecret } from '#contracts';
import { Fault } from '#domain';
import type { HookRecord, HookRegistry, IdFactory } from '#domain';
import { systemRandom } from '#foundation';
import type { Logger, Secret } from '#foundation';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';

/** Hooks that an app may have: each of them is told of every call. */
const MAX_HOOKS = 20;

/** Keeps the hooks of apps. */
@Injectable()
export class HookDesk {
  constructor(
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(TOKENS.hooks) private readonly registry: HookRegistry,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /**
   * @param ids For a request that has been tried before: then the hook is the same, and its secret this one.
   * @throws Rejection, Fault HOOKS_TOO_MANY.
   */
  async create(
    { appKey: asked, enabled, ...fields }: CreateHook,
    caller: Caller,
    ids: IdFactory = this.ids,
  ): Promise<{ readonly hook: HookRecord; readonly secret: Secret }> {
    const appKey = asked ?? caller.appKey;
    if (appKey !== caller.appKey && !caller.allApps) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'appKey', message: 'is not your app' }]);
    }
    this.#checkTarget(fields.url);
    const secret = newHookSecret(systemRandom);
    const hook = await this.registry.createHook(
      { id: ids.hookId(), appKey, ...fields, isEnabled: enabled, secret },
      MAX_HOOKS,
      caller,
    );
    if (hook === null) throw new Fault('HOOKS_TOO_MANY');
    this.logger.info('hook.created', { hookId: hook.id, appKey });
    return { hook, secret };
  }

  /** @throws Rejection, Fault HOOK_NOT_FOUND. */
  async change({ id }: HookRecord, request: ChangeHook, caller: Caller): Promise<HookRecord> {
    const { url, events, dialect, description, enabled } = request;
    if (url !== undefined) this.#checkTarget(url);
    const patch = {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events }),
      ...(dialect === undefined ? {} : { dialect }),
      ...(description === undefined ? {} : { description }),
      ...(enabled === undefined ? {} : { isEnabled: enabled }),
    };
    const hook = await this.registry.changeHook(id, patch, caller);
    if (hook === null) throw new Fault('HOOK_NOT_FOUND');
    this.logger.info('hook.changed', { hookId: id, fields: Object.keys(patch) });
    return hook;
  }

  /** @throws Fault HOOK_NOT_FOUND. */
  async remove({ id }: HookRecord, caller: Caller): Promise<void> {
    if (!(await this.registry.deleteHook(id, caller))) throw new Fault('HOOK_NOT_FOUND');
    this.logger.info('hook.deleted', { hookId: id });
  }

  /** @throws Fault HOOK_NOT_FOUND. */
  async rotate(
    { id }: HookRecord,
    { overlapSeconds }: RotateSecret,
    caller: Caller,
  ): Promise<{ readonly secret: Secret; readonly previousUntil: Date }> {
    const secret = newHookSecret(systemRandom);
    const previousUntil = await this.registry.rotateSecret(id, { secret, overlapSeconds }, caller);
    if (previousUntil === null) throw new Fault('HOOK_NOT_FOUND');
    this.logger.info('hook.secret_rotated', { hookId: id });
    return { secret, previousUntil };
  }

  #checkTarget(url: string): void {
    const refusal = this.settings.hookTargets.refusalOfUrl(url);
    if (refusal !== undefined) {
      throw new Rejection('TARGET_REFUSED', [{ path: 'url', message: refusal }]);
    }
  }
}
