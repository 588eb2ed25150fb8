import { Inject, Injectable } from '@nestjs/common';
import type { ChangeTrunk, CreateTrunk } from '#contracts';
import { Fault } from '#domain';
import type { IdFactory, TrunkChange, TrunkRecord, TrunkRegistry, TrunkSettings } from '#domain';
import { Secret } from '#foundation';
import type { Logger } from '#foundation';
import { trunkDestinations } from '../calls/target-policy.ts';
import type { Caller } from '../http/caller.ts';
import { Rejection } from '../http/rejection.ts';
import { TenantRuleBook } from '../tenants/tenant-rules.ts';
import { TOKENS } from '../tokens.ts';
import { changedSettings, newSettings, settingsErrors } from './trunk-settings.ts';

/** Somebody else changes the same trunk at the same time, and does not say of which version: it is tried again. */
const CHANGE_TRIES = 3;

/** A trunk as it is to be. */
interface Checked {
  readonly appKey: string;
  readonly settings: TrunkSettings;
  readonly hasPassword: boolean;
}

/** Keeps the trunks of apps. */
@Injectable()
export class TrunkDesk {
  constructor(
    @Inject(TenantRuleBook) private readonly rules: TenantRuleBook,
    @Inject(TOKENS.trunks) private readonly registry: TrunkRegistry,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /** @throws Rejection, Fault TRUNK_NAME_IN_USE. */
  async create(request: CreateTrunk, caller: Caller): Promise<TrunkRecord> {
    const { appKey = caller.appKey, password = null } = request;
    if (appKey !== caller.appKey && !caller.allApps) {
      throw new Rejection('REQUEST_INVALID', [{ path: 'appKey', message: 'is not your app' }]);
    }
    const settings = newSettings(request);
    await this.#check({ appKey, settings, hasPassword: password !== null });
    const asked = {
      ...{ id: this.ids.trunkId(), appKey, settings },
      password: password === null ? null : new Secret(password),
    };
    const trunk = await this.registry.createTrunk(asked, caller);
    this.logger.info('trunk.created', { trunkId: trunk.id, appKey });
    return trunk;
  }

  /** @throws Rejection, Fault TRUNK_NOT_FOUND, TRUNK_CHANGED, TRUNK_NAME_IN_USE. */
  async change(trunk: TrunkRecord, request: ChangeTrunk, caller: Caller): Promise<TrunkRecord> {
    let known = trunk;
    for (let tries = 0; tries < CHANGE_TRIES; tries++) {
      const expected = request.version ?? known.version;
      if (expected !== known.version) break;
      const change = await this.#changeOf(known, request);
      const changed = await this.registry.changeTrunk(trunk.id, change, caller);
      if (changed !== null) {
        this.logger.info('trunk.changed', { trunkId: trunk.id, version: changed.version });
        return changed;
      }
      const newer = await this.registry.findTrunk(trunk.id);
      if (newer === null) throw new Fault('TRUNK_NOT_FOUND');
      known = newer;
    }
    throw new Fault('TRUNK_CHANGED');
  }

  async #changeOf(known: TrunkRecord, request: ChangeTrunk): Promise<TrunkChange> {
    const settings = changedSettings(known.settings, request);
    const { password } = request;
    const hasPassword = password === undefined ? known.hasPassword : password !== null;
    await this.#check({ appKey: known.appKey, settings, hasPassword });
    return {
      ...{ appKey: known.appKey, settings, version: known.version },
      ...(password === undefined
        ? {}
        : { password: password === null ? null : new Secret(password) }),
    };
  }

  /** @throws Fault TRUNK_NOT_FOUND, TRUNK_IN_USE. */
  async remove(trunk: TrunkRecord, caller: Caller): Promise<void> {
    const outcome = await this.registry.removeTrunk(trunk.id, caller);
    if (outcome === 'notFound') throw new Fault('TRUNK_NOT_FOUND');
    if (outcome === 'inUse') throw new Fault('TRUNK_IN_USE');
    this.logger.info('trunk.removed', { trunkId: trunk.id });
  }

  async #check({ appKey, settings, hasPassword }: Checked): Promise<void> {
    const errors = settingsErrors(settings, hasPassword);
    if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
    const rules = await this.rules.of(appKey);
    rules.checkHosts({ sip: trunkDestinations(settings) });
  }
}
