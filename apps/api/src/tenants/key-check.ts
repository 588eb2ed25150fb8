import { hash, timingSafeEqual } from 'node:crypto';
import { Fault } from '#domain';
import type { KeyRing } from '#domain';
import type { Clock } from '#foundation';
import type { Caller } from '../http/caller.ts';
import type { ApiSettings } from '../tokens.ts';
import { WrongKeys } from './wrong-keys.ts';

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** Says who shows a key, wherever it is shown, and counts the wrong ones. */
export class KeyCheck {
  readonly #keys: KeyRing;
  readonly #wrong: WrongKeys;
  /** Of the bootstrap key: keys are hashed first, so that neither the content nor the length shows in the time it takes. */
  readonly #bootstrap: Buffer;

  constructor(
    keys: KeyRing,
    { apiKey, wrongKeysPerMinute }: Pick<ApiSettings, 'apiKey' | 'wrongKeysPerMinute'>,
    clock: Clock,
  ) {
    this.#keys = keys;
    this.#wrong = new WrongKeys(wrongKeysPerMinute, clock);
    this.#bootstrap = digest(apiKey.reveal());
  }

  isBootstrap(key: string): boolean {
    return timingSafeEqual(digest(key), this.#bootstrap);
  }

  /**
   * Who holds a key that is not the bootstrap key. A key that is right passes whatever its address has tried: others may stand behind the same proxy.
   * @throws Fault KEY_INVALID, KEYS_GUESSED, APP_DISABLED, STORE_UNAVAILABLE.
   */
  async holderOf(key: string, address: string): Promise<Caller> {
    const caller = await this.#keys.verify(key);
    if (caller !== null) return caller;
    if (!this.#wrong.isTooMany(address)) throw new Fault('KEY_INVALID');
    throw new Fault('KEYS_GUESSED', { retryAfterSeconds: this.#wrong.resetSeconds });
  }
}
