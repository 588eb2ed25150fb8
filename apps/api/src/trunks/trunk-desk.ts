import { Inject, Injectable } from '@nestjs/common';
import type { ChangeTrunk, CreateTrunk } from '#contracts';
import { Fault } from '#domain';
import type {
  AuditTrail,
  IdFactory,
  TrunkChange,
  TrunkRecord,
  TrunkRegistry,
  TrunkSettings,
} from '#domain';
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

/** What somebody has done to a trunk. */
interface TrunkStep {
  readonly caller: Caller;
  readonly before: TrunkRecord | null;
  readonly after: TrunkRecord | null;
}

/** Keeps the trunks of apps. */
@Injectable()
export class TrunkDesk {
  constructor(
    @Inject(TenantRuleBook) private readonly rules: TenantRuleBook,
    @Inject(TOKENS.trunks) private readonly registry: TrunkRegistry,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.audit) private readonly audit: AuditTrail,
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
    const trunk = await this.registry.createTrunk({
      ...{ id: this.ids.trunkId(), appKey, settings },
      password: password === null ? null : new Secret(password),
    });
    await this.#tell('trunk.created', { caller, before: null, after: trunk });
    this.logger.info('trunk.created', { trunkId: trunk.id, appKey });
    return trunk;
  }

  /** @throws Rejection, Fault TRUNK_NOT_FOUND, TRUNK_CHANGED, TRUNK_NAME_IN_USE. */
  async change(trunk: TrunkRecord, request: ChangeTrunk, caller: Caller): Promise<TrunkRecord> {
    let known = trunk;
    for (let tries = 0; tries < CHANGE_TRIES; tries++) {
      const expected = request.version ?? known.version;
      if (expected !== known.version) break;
      const changed = await this.registry.changeTrunk(
        trunk.id,
        await this.#changeOf(known, request),
      );
      if (changed !== null) {
        await this.#tell('trunk.changed', { caller, before: known, after: changed });
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
    const outcome = await this.registry.removeTrunk(trunk.id);
    if (outcome === 'notFound') throw new Fault('TRUNK_NOT_FOUND');
    if (outcome === 'inUse') throw new Fault('TRUNK_IN_USE');
    await this.#tell('trunk.removed', { caller, before: trunk, after: null });
    this.logger.info('trunk.removed', { trunkId: trunk.id });
  }

  async #tell(action: string, { caller, before, after }: TrunkStep): Promise<void> {
    const trunk = after ?? before;
    if (trunk === null) return;
    const actor = { keyId: caller.keyId, appKey: caller.appKey };
    await this.audit.write({
      ...{ actor, appKey: trunk.appKey, action, object: trunk.id },
      before: before && { ...before.settings },
      after: after && { ...after.settings },
    });
  }

  async #check({ appKey, settings, hasPassword }: Checked): Promise<void> {
    const errors = settingsErrors(settings, hasPassword);
    if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
    const rules = await this.rules.of(appKey);
    rules.checkHosts({ sip: trunkDestinations(settings) });
  }
}
