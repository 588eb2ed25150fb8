import { createHash, timingSafeEqual } from 'node:crypto';
import { Fault, apiKeyId } from '#domain';
import type { KeyHolder, KeyRing, KeyStore, StoredKey } from '#domain';
import type { Clock, Logger } from '#foundation';
import { Kept } from './kept.ts';

/** The last use is noted so often. */
const TOUCH_MS = 60_000;

/** Judges keys by what the store has said of them in the last 2 s, so that a revocation is known everywhere soon after. */
export class CachedKeyRing implements KeyRing {
  readonly #kept: Kept<StoredKey | null>;
  readonly #store: Pick<KeyStore, 'findKey' | 'touchKey'>;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(parts: {
    readonly store: Pick<KeyStore, 'findKey' | 'touchKey'>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { store, clock, logger } = parts;
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#kept = new Kept({ load: (id) => this.#load(id), clock });
  }

  async verify(presented: string): Promise<KeyHolder | null> {
    const id = apiKeyId(presented);
    if (id === undefined) return null;
    const stored = await this.#kept.get(id);
    if (stored === null || !isHashOf(stored.hash, presented)) return null;
    return holderOf(stored);
  }

  /**
   * Who holds a key that was shown before; null for one that was revoked or has expired.
   * @throws Fault APP_DISABLED, STORE_UNAVAILABLE.
   */
  async holderOf(id: string): Promise<KeyHolder | null> {
    const stored = await this.#kept.get(id);
    return stored === null ? null : holderOf(stored);
  }

  /** Looks at a key anew: it was changed here. */
  forget(id: string): void {
    this.#kept.forget(id);
  }

  async #load(id: string): Promise<StoredKey | null> {
    const stored = await this.#store.findKey(id);
    if (stored?.isValid === true) this.#touch(stored);
    return stored;
  }

  #touch({ record: { id, lastUsedAt } }: StoredKey): void {
    if (lastUsedAt !== null && this.#clock.wallMs() - lastUsedAt.getTime() < TOUCH_MS) return;
    this.#store.touchKey(id).catch((error: unknown) => {
      this.#logger.debug('key.touch_failed', { keyId: id, error });
    });
  }
}

/** @throws Fault APP_DISABLED. */
function holderOf({ isValid, isAppEnabled, record }: StoredKey): KeyHolder | null {
  if (!isValid) return null;
  if (!isAppEnabled) throw new Fault('APP_DISABLED');
  const { id: keyId, appKey, scope, allApps } = record;
  return { keyId, appKey, scope, allApps };
}

const isHashOf = (hash: Uint8Array, presented: string): boolean =>
  timingSafeEqual(createHash('sha256').update(presented).digest(), hash);
