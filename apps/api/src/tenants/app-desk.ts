import { Inject, Injectable } from '@nestjs/common';
import type { ChangeApp, CreateApp } from '#contracts';
import { Fault, NO_APP_LIMITS } from '#domain';
import type { AppPatch, AppRecord, AppStore } from '#domain';
import type { Logger } from '#foundation';
import { mayKnow } from '../http/caller.ts';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { Tenancy } from './tenancy.ts';

/** What is the case before anything is said. */
const USUAL = { limits: NO_APP_LIMITS, allowed: { sipDomains: null, rtmpHosts: null } };

/** Keeps the apps. */
@Injectable()
export class AppDesk {
  constructor(
    @Inject(TOKENS.apps) private readonly store: AppStore,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(Tenancy) private readonly tenancy: Tenancy,
  ) {}

  /** @throws Fault APP_NOT_FOUND, also for another app that the caller may not know of. */
  async find(appKey: string, caller: Caller): Promise<AppRecord> {
    const app = mayKnow(caller, { appKey }) ? await this.store.findApp(appKey) : null;
    if (app === null) throw new Fault('APP_NOT_FOUND');
    return app;
  }

  /** @throws Fault APP_EXISTS. */
  async create({ appKey, ...request }: CreateApp, caller: Caller): Promise<AppRecord> {
    const app = await this.store.createApp(appKey, patchOf(request, USUAL), caller);
    if (app === null) throw new Fault('APP_EXISTS');
    this.tenancy.apps.forget(appKey);
    this.logger.info('app.created', { appKey });
    return app;
  }

  /** @throws Fault APP_NOT_FOUND. */
  async change(appKey: string, request: ChangeApp, caller: Caller): Promise<AppRecord> {
    const before = await this.find(appKey, caller);
    const app = await this.store.changeApp(appKey, patchOf(request, before), caller);
    if (app === null) throw new Fault('APP_NOT_FOUND');
    this.tenancy.apps.forget(appKey);
    this.logger.info('app.changed', { appKey, fields: Object.keys(request) });
    return app;
  }
}

const given = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;

function patchOf(
  { name, enabled, limits, allowed }: ChangeApp,
  before: Pick<AppRecord, 'limits' | 'allowed'>,
): AppPatch {
  return {
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { isEnabled: enabled }),
    ...(limits === undefined
      ? {}
      : { limits: { ...before.limits, ...(given(limits) as Partial<AppRecord['limits']>) } }),
    ...(allowed === undefined
      ? {}
      : { allowed: { ...before.allowed, ...(given(allowed) as Partial<AppRecord['allowed']>) } }),
  };
}
