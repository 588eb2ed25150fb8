import { createHash, timingSafeEqual } from 'node:crypto';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Fault } from '#domain';
import type { Secret } from '#foundation';
import type { ApiSettings } from '../tokens.ts';
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

/** Both are hashed first, so that neither the content nor the length shows in the time it takes. */
const isSameKey = (given: string, expected: Secret): boolean =>
  timingSafeEqual(digest(given), digest(expected.reveal()));

function keyHolder(request: FastifyRequest, apiKey: Secret): Caller {
  const [, key] = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) throw new Fault('KEY_MISSING');
  if (!isSameKey(key, apiKey)) throw new Fault('KEY_INVALID');
  return OPERATOR;
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

/**
 * Lets a request through, and notes who asks, or throws. Runs before its body is read.
 * @throws Fault KEY_MISSING, KEY_INVALID, SCOPE_MISSING.
 */
export function checkAccess(request: FastifyRequest, settings: ApiSettings): void {
  if (request.is404) return;
  const access = request.routeOptions.config.access ?? usualAccess(request.method);
  if (access === 'open') return;
  if (access === 'wcs' && isWcsGuest(request, settings)) {
    request.caller = WCS_GUEST;
    return;
  }
  const caller = keyHolder(request, settings.apiKey);
  const needed = NEEDS[access];
  if (!includesScope(caller.scope, needed.scope) || (needed.allApps && !caller.allApps)) {
    throw new Fault('SCOPE_MISSING');
  }
  request.caller = caller;
}
