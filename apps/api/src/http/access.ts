import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#domain';
import { refuseForged, refuseOtherSites, shownToken } from '../dashboard/session-cookie.ts';
import { OpenRequests } from '../tenants/open-requests.ts';
import type { Tenancy } from '../tenants/tenancy.ts';
import type { ApiParts, ApiSettings } from '../tokens.ts';
import { OPERATOR, WCS_GUEST, includesScope } from './caller.ts';
import type { Caller, Scope } from './caller.ts';

/**
 * Who may use a route.
 * - `read`, `write`, `admin`: a key of that scope or a wider one. A route that says nothing asks for `read` where it only
 *   reads, by its method, and else for `write`.
 * - `operatorRead`, `operator`: a key for all apps, of the scope `read` or `admin`.
 * - `open`: everybody.
 * - `wcs`: a key of the scope `write`, and pages of the WCS dialect, which know no keys; see the setting CALLCAST_WCS_OPEN.
 */
export type Access = Scope | 'operatorRead' | 'operator' | 'open' | 'wcs';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** Says who may use a route. */
export const AccessBy = (access: Access): MethodDecorator => RouteConfig({ access });

const READING = new Set(['GET', 'HEAD']);

/** What a route asks for that says nothing. */
export const usualAccess = (method: string): Access => (READING.has(method) ? 'read' : 'write');

type KeyedAccess = Exclude<Access, 'open'>;

/** What each kind of access asks of a key. */
const NEEDS = {
  read: { scope: 'read', allApps: false },
  write: { scope: 'write', allApps: false },
  admin: { scope: 'admin', allApps: false },
  wcs: { scope: 'write', allApps: false },
  operatorRead: { scope: 'read', allApps: true },
  operator: { scope: 'admin', allApps: true },
} as const satisfies Record<KeyedAccess, Pick<Caller, 'scope' | 'allApps'>>;

/** @throws Fault KEY_MISSING. */
function presentedKey({ headers }: FastifyRequest): string {
  const [, key] = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (key === undefined) throw new Fault('KEY_MISSING');
  return key;
}

/** @throws Fault SCOPE_MISSING. */
function refuseNarrow({ scope, allApps }: Caller, access: KeyedAccess): void {
  const needed = NEEDS[access];
  if (!includesScope(scope, needed.scope) || (needed.allApps && !allApps)) {
    throw new Fault('SCOPE_MISSING');
  }
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
/** A proxy on this machine speaks for somebody else. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

const isLocal = (request: FastifyRequest): boolean =>
  LOOPBACK.test(request.socket.remoteAddress ?? '') &&
  PROXY_HEADERS.every((name) => request.headers[name] === undefined);

const isWcsGuest = (request: FastifyRequest, { wcsOpen }: ApiSettings): boolean =>
  request.headers.authorization === undefined &&
  (wcsOpen === 'any' || (wcsOpen === 'loopback' && isLocal(request)));

type DoorParts = Pick<ApiParts, 'settings' | 'timers' | 'logger'>;

/** Looks at who asks, before a body is read. */
export class Doorkeeper {
  readonly #settings: ApiSettings;
  readonly #tenancy: Tenancy;
  readonly #withKeys: OpenRequests;
  readonly #withSessions: OpenRequests;

  constructor(parts: DoorParts, tenancy: Tenancy) {
    const { settings, timers, logger } = parts;
    this.#settings = settings;
    this.#tenancy = tenancy;
    this.#withKeys = new OpenRequests(tenancy.keys, timers, logger);
    this.#withSessions = new OpenRequests(tenancy.sessions, timers, logger);
  }

  /**
   * Lets a request through, and notes who asks; or says why not.
   * @param done With Fault KEY_MISSING, KEY_INVALID, KEYS_GUESSED, SESSION_OVER, CSRF_MISSING, SCOPE_MISSING, APP_DISABLED,
   *   RATE_LIMITED, STORE_UNAVAILABLE.
   */
  check(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    try {
      const waiting = this.#judge(request, reply);
      if (waiting === undefined) done();
      else waiting.then(() => done(), done);
    } catch (error) {
      done(error instanceof Error ? error : new Fault('KEY_INVALID'));
    }
  }

  /** @returns When it is known; undefined where it is known at once. */
  #judge(request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined {
    if (request.is404) return undefined;
    const access = request.routeOptions.config.access ?? usualAccess(request.method);
    if (access === 'open') return undefined;
    if (access === 'wcs' && isWcsGuest(request, this.#settings)) {
      request.caller = WCS_GUEST;
      return this.#tenancy.rates.passGuest(request.socket.remoteAddress ?? '', reply);
    }
    const token = this.#tokenOf(request, access);
    if (token !== undefined) return this.#admitSession(request, reply, { token, access });
    const key = presentedKey(request);
    if (this.#tenancy.check.isBootstrap(key)) {
      request.caller = OPERATOR;
      return undefined;
    }
    return this.#admit(request, reply, { key, access });
  }

  /** Pages of the WCS dialect may be those of anybody: they use no session. */
  #tokenOf(request: FastifyRequest, access: KeyedAccess): string | undefined {
    const isForKey = access === 'wcs' || request.headers.authorization !== undefined;
    return isForKey ? undefined : shownToken(request, this.#settings);
  }

  async #admit(
    request: FastifyRequest,
    reply: FastifyReply,
    { key, access }: { readonly key: string; readonly access: KeyedAccess },
  ): Promise<void> {
    const { remoteAddress = '' } = request.socket;
    const caller = await this.#tenancy.check.holderOf(key, remoteAddress);
    await this.#tenancy.rates.pass(caller, reply);
    refuseNarrow(caller, access);
    request.caller = caller;
    this.#withKeys.add(reply.raw, key);
  }

  async #admitSession(
    request: FastifyRequest,
    reply: FastifyReply,
    { token, access }: { readonly token: string; readonly access: KeyedAccess },
  ): Promise<void> {
    refuseOtherSites(request, this.#settings);
    const session = await this.#tenancy.sessions.use(token);
    if (session === null) throw new Fault('SESSION_OVER');
    refuseForged(request, token);
    const { caller } = session;
    if (caller !== OPERATOR) await this.#tenancy.rates.pass(caller, reply);
    refuseNarrow(caller, access);
    request.caller = caller;
    request.session = session;
    this.#withSessions.add(reply.raw, token);
  }
}
