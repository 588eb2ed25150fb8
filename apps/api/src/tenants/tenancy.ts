import type { AppDirectory, AppRecord, AppStore, KeyStore } from '#domain';
import type { Clock, Logger } from '#foundation';
import { Kept } from './kept.ts';
import { CachedKeyRing } from './key-ring.ts';

/** The apps, as the store has told of them in the last 2 s. */
class CachedApps implements AppDirectory {
  readonly #kept: Kept<AppRecord | null>;

  constructor(store: AppDirectory, clock: Clock) {
    this.#kept = new Kept({ load: (appKey) => store.findApp(appKey), clock });
  }

  findApp(appKey: string): Promise<AppRecord | null> {
    return this.#kept.get(appKey);
  }

  /** Looks at an app anew: it was changed here. */
  forget(appKey: string): void {
    this.#kept.forget(appKey);
  }
}

/** Who the tenants are, quickly. */
export class Tenancy {
  readonly apps: CachedApps;
  readonly keys: CachedKeyRing;

  constructor(parts: {
    readonly apps: AppStore;
    readonly apiKeys: KeyStore;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { apps, apiKeys: store, clock, logger } = parts;
    this.apps = new CachedApps(apps, clock);
    this.keys = new CachedKeyRing({ store, clock, logger });
  }
}
