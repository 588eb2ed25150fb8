import type {
  AppDirectory,
  AppRecord,
  AppStore,
  KeyStore,
  RateWindows,
  SessionStore,
} from '#domain';
import type { Clock, Logger } from '#foundation';
import { SessionRing } from '../dashboard/session-ring.ts';
import type { ApiSettings } from '../tokens.ts';
import { Kept } from './kept.ts';
import { KeyCheck } from './key-check.ts';
import { KeyRates } from './key-rates.ts';
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
  readonly check: KeyCheck;
  readonly sessions: SessionRing;
  readonly rates: KeyRates;

  constructor(parts: {
    readonly apps: AppStore;
    readonly apiKeys: KeyStore;
    readonly sessions: SessionStore;
    readonly rates: RateWindows;
    readonly settings: Pick<ApiSettings, 'apiKey' | 'wrongKeysPerMinute' | 'limits'>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { apps, apiKeys: store, sessions, settings, clock, logger } = parts;
    this.apps = new CachedApps(apps, clock);
    this.keys = new CachedKeyRing({ store, clock, logger });
    this.check = new KeyCheck(this.keys, settings, clock);
    const { keys } = this;
    this.rates = new KeyRates(parts, this.apps);
    this.sessions = new SessionRing({ store: sessions, keys, settings, clock, logger });
  }
}
