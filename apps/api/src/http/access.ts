import { createHash, timingSafeEqual } from 'node:crypto';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#domain';
import { OpenRequests } from '../tenants/open-requests.ts';
import { KeyRates } from '../tenants/key-rates.ts';
import type { Tenancy } from '../tenants/tenancy.ts';
import { WrongKeys } from '../tenants/wrong-keys.ts';
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

/** What each kind of access asks of a key. */
const NEEDS = {
  read: { scope: 'read', allApps: false },
  write: { scope: 'write', allApps: false },
  admin: { scope: 'admin', allApps: false },
  wcs: { scope: 'write', allApps: false },
  operatorRead: { scope: 'read', allApps: true },
  operator: { scope: 'admin', allApps: true },
} as const satisfies Record<Exclude<Access, 'open'>, Pick<Caller, 'scope' | 'allApps'>>;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @throws Fault KEY_MISSING. */
function presentedKey({ headers }: FastifyRequest): string {
  const [, key] = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (key === undefined) throw new Fault('KEY_MISSING');
  return key;
}

/** @throws Fault SCOPE_MISSING. */
function refuseNarrow({ scope, allApps }: Caller, access: Exclude<Access, 'open'>): void {
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

type DoorParts = Pick<ApiParts, 'settings' | 'timers' | 'logger' | 'clock' | 'rates'>;

/** Looks at who asks, before a body is read. */
export class Doorkeeper {
  readonly #settings: ApiSettings;
  readonly #tenancy: Tenancy;
  readonly #open: OpenRequests;
  readonly #rates: KeyRates;
  readonly #wrong: WrongKeys;
  /** Of the bootstrap key: keys are hashed first, so that neither the content nor the length shows in the time it takes. */
  readonly #bootstrap: Buffer;

  constructor(parts: DoorParts, tenancy: Tenancy) {
    const { settings, timers, logger, clock } = parts;
    this.#settings = settings;
    this.#tenancy = tenancy;
    this.#open = new OpenRequests(tenancy.keys, timers, logger);
    this.#rates = new KeyRates(parts, tenancy);
    this.#wrong = new WrongKeys(settings.wrongKeysPerMinute, clock);
    this.#bootstrap = digest(settings.apiKey.reveal());
  }

  /**
   * Lets a request through, and notes who asks; or says why not.
   * @param done With Fault KEY_MISSING, KEY_INVALID, KEYS_GUESSED, SCOPE_MISSING, APP_DISABLED, RATE_LIMITED, STORE_UNAVAILABLE.
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
      return undefined;
    }
    const key = presentedKey(request);
    if (timingSafeEqual(digest(key), this.#bootstrap)) {
      request.caller = OPERATOR;
      return undefined;
    }
    return this.#admit(request, reply, { key, access });
  }

  /** A key that is right passes whatever its address has tried: others may stand behind the same proxy. */
  #wrongKey({ socket: { remoteAddress = '' } }: FastifyRequest): Fault {
    const wrong = this.#wrong;
    if (!wrong.isTooMany(remoteAddress)) return new Fault('KEY_INVALID');
    return new Fault('KEYS_GUESSED', { retryAfterSeconds: wrong.resetSeconds });
  }

  async #admit(
    request: FastifyRequest,
    reply: FastifyReply,
    { key, access }: { readonly key: string; readonly access: Exclude<Access, 'open'> },
  ): Promise<void> {
    const caller = await this.#tenancy.keys.verify(key);
    if (caller === null) throw this.#wrongKey(request);
    await this.#rates.pass(caller, reply);
    refuseNarrow(caller, access);
    request.caller = caller;
    this.#open.add(reply.raw, key);
  }
}
