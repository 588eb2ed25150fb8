import type { Secret } from '#foundation';
import type { Actor } from '../apps/app-records.ts';
import type { PageQuery } from '../apps/app-store.ts';
import type { Page } from '../calls/page.ts';
import type { HookId } from '../ids.ts';
import type { HookDialect, HookRecord } from './hook-records.ts';

/** A hook to be stored. */
export interface NewHook {
  readonly id: HookId;
  readonly appKey: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly dialect: HookDialect;
  readonly isEnabled: boolean;
  readonly secret: Secret;
}

/** What changes in a hook. */
export interface HookPatch {
  readonly url?: string;
  readonly description?: string;
  readonly events?: readonly string[];
  /** Of what is told from now on; what waits stays as it is. */
  readonly dialect?: HookDialect;
  /** False switches it off by the operator's will; true switches it on, whatever it was off for. */
  readonly isEnabled?: boolean;
}

/** Which hooks. Newest first. */
export interface HookQuery extends PageQuery {
  /** Default: of all apps. */
  readonly appKey?: string;
}

/** Hooks as the API sees them. Every change leaves a line in the audit trail, or does not happen. */
export interface HookRegistry {
  /**
   * Stores a hook. One that is there under this id is an earlier attempt of the same request: it gets the secret of this
   * one, since nobody has seen the other.
   * @returns Null when the app has `limit` hooks already.
   */
  createHook(hook: NewHook, limit: number, actor: Actor): Promise<HookRecord | null>;
  findHook(id: HookId): Promise<HookRecord | null>;
  /** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
  listHooks(query: HookQuery): Promise<Page<HookRecord>>;
  /** What waits for a hook that is switched on, or sent elsewhere, is tried at once. Null when there is none. */
  changeHook(id: HookId, patch: HookPatch, actor: Actor): Promise<HookRecord | null>;
  /** It is told of nothing any more; what is kept of its deliveries goes later. @returns false when there was none. */
  deleteHook(id: HookId, actor: Actor): Promise<boolean>;
  /**
   * Signs with another secret from now on, and with the one before it as well for a while.
   * @returns Until when the one before signs too; null when there is no such hook.
   */
  rotateSecret(
    id: HookId,
    next: { readonly secret: Secret; readonly overlapSeconds: number },
    actor: Actor,
  ): Promise<Date | null>;
  /** The secrets that sign now, the present one first; null when there is no such hook. */
  openSecrets(id: HookId): Promise<readonly Secret[] | null>;
}
