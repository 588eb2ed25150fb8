import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { DeliveryLog, HookId, HookRecord, HookRegistry } from '#domain';
import type { Caller } from '../http/caller.ts';
import { KnownHooks } from './known-hooks.ts';

const HOOK: HookRecord = {
  id: 'hook_00000000000000000000000001' as HookId,
  ...{ appKey: 'one', url: 'https://example.com/', description: '', events: ['*'] },
  ...{ dialect: 'standard', disabled: null, failingSince: null, createdAt: new Date(0) },
};

const registry: Pick<HookRegistry, 'findHook'> = {
  findHook: (id) => Promise.resolve(id === HOOK.id ? HOOK : null),
};
const log: Pick<DeliveryLog, 'findDelivery'> = { findDelivery: () => Promise.resolve(null) };
const hooks = new KnownHooks(registry as HookRegistry, log as DeliveryLog);

const caller = (appKey: string, allApps = false): Caller => ({
  ...{ keyId: 'key', appKey, scope: 'admin', allApps },
});

describe('a hook', () => {
  it.each([
    ['its own app', caller('one')],
    ['an operator', caller('two', true)],
  ])('is known to %s', async (_, by) => {
    expect(await hooks.find(HOOK.id, by)).toBe(HOOK);
  });

  it.each([
    ['of another app', HOOK.id, caller('two')],
    ['that is none', 'hook_00000000000000000000000002', caller('one')],
    ['by nonsense', 'hook', caller('one')],
    ['by the id of something else', 'call_00000000000000000000000001', caller('one')],
  ])('%s is not', async (_, id, by) => {
    await expect(hooks.find(id, by)).rejects.toEqual(new Fault('HOOK_NOT_FOUND'));
  });
});
