import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { CreateKey, RotateKey } from '#contracts';
import { Fault, isApiKeyId, newApiKey } from '#domain';
import type { ApiKeyRecord, KeyStore } from '#domain';
import { systemRandom } from '#foundation';
import type { Clock, Logger, Secret } from '#foundation';
import { mayKnow } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { TOKENS } from '../tokens.ts';
import { Tenancy } from './tenancy.ts';

/** A key, and what it is asked with. */
export interface MadeKey {
  readonly record: ApiKeyRecord;
  readonly key: Secret;
}

/** Keeps the keys of apps. */
@Injectable()
export class KeyDesk {
  constructor(
    @Inject(TOKENS.apiKeys) private readonly store: KeyStore,
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(Tenancy) private readonly tenancy: Tenancy,
  ) {}

  /** @throws Fault API_KEY_NOT_FOUND, also for a key of another app. */
  async find(id: string, caller: Caller): Promise<ApiKeyRecord> {
    const stored = isApiKeyId(id) ? await this.store.findKey(id) : null;
    if (stored === null || !mayKnow(caller, stored.record)) throw new Fault('API_KEY_NOT_FOUND');
    return stored.record;
  }

  /** @throws Rejection, Fault SCOPE_MISSING, APP_NOT_FOUND. */
  async create(request: CreateKey, caller: Caller): Promise<MadeKey> {
    const { appKey = caller.appKey, name, scope, allApps, expiresAt } = request;
    if (!mayKnow(caller, { appKey })) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'appKey', message: 'is not your app' }]);
    }
    if (allApps && !caller.allApps) throw new Fault('SCOPE_MISSING');
    if (expiresAt !== null && expiresAt.getTime() <= this.clock.wallMs()) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'expiresAt', message: 'is over' }]);
    }
    const { id, key, hash } = makeKey();
    const fields = { id, appKey, name, scope, allApps, expiresAt, hash };
    const record = await this.store.createKey(fields, caller);
    if (record === null) throw new Fault('APP_NOT_FOUND');
    this.logger.info('key.created', { keyId: id, appKey, scope });
    return { record, key };
  }

  /** @throws Fault API_KEY_NOT_FOUND. */
  async revoke(id: string, caller: Caller): Promise<ApiKeyRecord> {
    const { appKey } = await this.#changeable(id, caller);
    const record = await this.store.revokeKey(appKey, id, caller);
    if (record === null) throw new Fault('API_KEY_NOT_FOUND');
    this.tenancy.keys.forget(id);
    this.logger.info('key.revoked', { keyId: id, appKey });
    return record;
  }

  /** @throws Fault API_KEY_NOT_FOUND, API_KEY_OVER. */
  async rotate(id: string, { overlapSeconds }: RotateKey, caller: Caller): Promise<MadeKey> {
    const { appKey } = await this.#changeable(id, caller);
    const { id: newId, key, hash } = makeKey();
    const successor = { id: newId, hash };
    const rotation = { appKey, id, successor, overlapSeconds, actor: caller };
    const record = await this.store.rotateKey(rotation);
    if (record === null) throw new Fault('API_KEY_OVER');
    this.tenancy.keys.forget(id);
    this.logger.info('key.rotated', { keyId: id, successor: newId, appKey });
    return { record, key };
  }

  /** The keys of operators are changed by operators alone, whatever their app. */
  async #changeable(id: string, caller: Caller): Promise<ApiKeyRecord> {
    const record = await this.find(id, caller);
    if (record.allApps && !caller.allApps) throw new Fault('SCOPE_MISSING');
    return record;
  }
}

function makeKey() {
  const { id, key } = newApiKey(systemRandom);
  return { id, key, hash: createHash('sha256').update(key.reveal()).digest() };
}
