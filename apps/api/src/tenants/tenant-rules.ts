import { Inject, Injectable } from '@nestjs/common';
import { Fault, isHostAllowed } from '#domain';
import type { AllowedHosts, AppRecord, CallAdmission } from '#domain';
import { refuseLocal } from '../calls/target-policy.ts';
import type { Destinations, PlacedHosts } from '../calls/target-policy.ts';
import type { FieldError } from '../http/rejection.ts';
import { Rejection } from '../http/rejection.ts';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';
import { Tenancy } from './tenancy.ts';

/** What an app may do. */
export class TenantRules {
  constructor(
    private readonly app: Pick<AppRecord, 'limits' | 'allowed'> | null,
    private readonly settings: Pick<ApiSettings, 'limits' | 'allowPrivateTargets'>,
  ) {}

  /** How many calls it may have; undefined where there is no limit, and nothing has to be counted. */
  get admission(): CallAdmission | undefined {
    const { maxCalls, maxQueued, maxCallsPerSecond } = this.settings.limits;
    const own = this.app?.limits;
    const admission = {
      maxCalls: own?.maxCalls ?? maxCalls,
      maxQueued: own?.maxQueued ?? maxQueued,
      maxCallsPerSecond: own?.maxCallsPerSecond ?? maxCallsPerSecond,
    };
    return Object.values(admission).every((limit) => limit === 0) ? undefined : admission;
  }

  /** @throws Rejection TARGET_REFUSED when one of them is in a network that nobody may reach, or not on the list of the app. */
  checkHosts({ sip = [], rtmp = [] }: Destinations): void {
    if (!this.settings.allowPrivateTargets) refuseLocal([...sip, ...rtmp]);
    const errors = [...this.#errorsOf('sipDomains', sip), ...this.#errorsOf('rtmpHosts', rtmp)];
    if (errors.length > 0) throw new Rejection('TARGET_REFUSED', errors);
  }

  #errorsOf(list: keyof AllowedHosts, places: readonly PlacedHosts[]): FieldError[] {
    const allowed = this.app?.allowed[list] ?? null;
    return places.flatMap(({ path, hosts }) => {
      const isRefused = hosts.some((host) => !isHostAllowed(host, allowed));
      return isRefused ? [{ path, message: 'leads to a host that the app may not use' }] : [];
    });
  }
}

/** Knows what apps may do. */
@Injectable()
export class TenantRuleBook {
  constructor(
    @Inject(TOKENS.settings) private readonly settings: ApiSettings,
    @Inject(Tenancy) private readonly tenancy: Tenancy,
  ) {}

  /** At most 2 s old. @throws Fault APP_DISABLED. */
  async of(appKey: string): Promise<TenantRules> {
    const app = await this.tenancy.apps.findApp(appKey);
    if (app?.isEnabled === false) throw new Fault('APP_DISABLED');
    return new TenantRules(app, this.settings);
  }
}
