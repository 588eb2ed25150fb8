import { Inject, Injectable } from '@nestjs/common';
import { Fault, isDeliveryId, isHookId } from '#domain';
import type { DeliveryDetail, DeliveryLog, HookRecord, HookRegistry } from '#domain';
import { mayKnow } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';

/** Finds hooks and their deliveries for those who may know of them. */
@Injectable()
export class KnownHooks {
  constructor(
    @Inject(TOKENS.hooks) private readonly registry: HookRegistry,
    @Inject(TOKENS.deliveries) private readonly log: DeliveryLog,
  ) {}

  /** @throws Fault HOOK_NOT_FOUND, also for what is no id at all, and for a hook of another app. */
  async find(id: string, caller: Caller): Promise<HookRecord> {
    const hook = isHookId(id) ? await this.registry.findHook(id) : null;
    if (hook === null || !mayKnow(caller, hook)) throw new Fault('HOOK_NOT_FOUND');
    return hook;
  }

  /** The same for one that is told of events. @throws Fault HOOK_DISABLED besides. */
  async findEnabled(id: string, caller: Caller): Promise<HookRecord> {
    const hook = await this.find(id, caller);
    if (hook.disabled !== null) throw new Fault('HOOK_DISABLED');
    return hook;
  }

  /** @throws Fault DELIVERY_NOT_FOUND, also for one of another hook. */
  async delivery({ id: hookId }: HookRecord, id: string): Promise<DeliveryDetail> {
    const found = isDeliveryId(id) ? await this.log.findDelivery(hookId, id) : null;
    if (found === null) throw new Fault('DELIVERY_NOT_FOUND');
    return found;
  }
}
