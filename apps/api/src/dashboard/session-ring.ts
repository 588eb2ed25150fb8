import { timingSafeEqual } from 'node:crypto';
import { Fault } from '#domain';
import type { KeyRing, SessionRecord, SessionStore } from '#domain';
import type { Clock, Logger } from '#foundation';
import { OPERATOR } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import type { CachedKeyRing } from '../tenants/key-ring.ts';
import { Kept } from '../tenants/kept.ts';
import type { ApiSettings } from '../tokens.ts';
import { bootstrapMarkOf, isSessionToken, tokenHashOf } from './session-token.ts';

/** The last use is noted so often. */
const TOUCH_MS = 60_000;

/** What the ring works with. */
interface RingParts {
  readonly store: Pick<SessionStore, 'findSession' | 'touchSession'>;
  readonly keys: Pick<CachedKeyRing, 'holderOf'>;
  readonly settings: Pick<ApiSettings, 'apiKey'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A session, whose it is, and what its browser shows. */
export interface OpenSession {
  readonly caller: Caller;
  readonly token: string;
  readonly endsAt: Date;
}

/** Judges sessions by what the store has said of them, and of their keys, in the last 2 s. */
export class SessionRing implements KeyRing {
  readonly #parts: RingParts;
  /** By the hash of the token, in hex. */
  readonly #kept: Kept<SessionRecord | null>;
  readonly #touched = new WeakSet<SessionRecord>();

  constructor(parts: RingParts) {
    this.#parts = parts;
    const { store, clock } = parts;
    this.#kept = new Kept({ load: (hash) => store.findSession(Buffer.from(hash, 'hex')), clock });
  }

  /** Looks at a session without using it: what is open does not keep it alive. @throws Fault STORE_UNAVAILABLE. */
  async verify(token: string): Promise<Caller | null> {
    const record = await this.#find(token);
    return record === null ? null : await this.#callerOf(token, record);
  }

  /** Null for a session that was never opened, is over, or whose key or app is. @throws Fault STORE_UNAVAILABLE. */
  async use(token: string): Promise<OpenSession | null> {
    const record = await this.#find(token);
    const caller = record === null ? null : await this.#callerOf(token, record);
    if (record === null || caller === null) return null;
    this.#touch(token, record);
    return { caller, token, endsAt: record.endsAt };
  }

  /** Looks at a session anew: it was closed here. */
  forget(token: string): void {
    this.#kept.forget(tokenHashOf(token).toString('hex'));
  }

  async #find(token: string): Promise<SessionRecord | null> {
    return isSessionToken(token) ? await this.#kept.get(tokenHashOf(token).toString('hex')) : null;
  }

  async #callerOf(token: string, { keyId, bootstrapMark }: SessionRecord): Promise<Caller | null> {
    const { keys, settings } = this.#parts;
    if (bootstrapMark !== null) {
      const isOfThisKey = timingSafeEqual(bootstrapMark, bootstrapMarkOf(token, settings.apiKey));
      return isOfThisKey ? OPERATOR : null;
    }
    try {
      return await keys.holderOf(keyId);
    } catch (error) {
      if (error instanceof Fault && error.code === 'APP_DISABLED') return null;
      throw error;
    }
  }

  /** Once for each time it was read. */
  #touch(token: string, record: SessionRecord): void {
    const { clock, store, logger } = this.#parts;
    if (this.#touched.has(record) || clock.wallMs() - record.seenAt.getTime() < TOUCH_MS) return;
    this.#touched.add(record);
    store.touchSession(tokenHashOf(token)).catch((error: unknown) => {
      logger.debug('session.touch_failed', { keyId: record.keyId, error });
    });
  }
}
