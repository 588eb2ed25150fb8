import { createHash, timingSafeEqual } from 'node:crypto';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Fault } from '#domain';
import type { Secret } from '#foundation';
import type { ApiSettings } from '../tokens.ts';

/**
 * Who may use a route.
 * - `key`: who holds the key. So is every route that says nothing.
 * - `open`: everybody.
 * - `wcs`: pages of the WCS dialect, which know no keys; see the setting CALLCAST_WCS_OPEN.
 */
export type Access = 'key' | 'open' | 'wcs';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** Says who may use a route. */
export const AccessBy = (access: Access): MethodDecorator => RouteConfig({ access });

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Both are hashed first, so that neither the content nor the length shows in the time it takes. */
const isSameKey = (given: string, expected: Secret): boolean =>
  timingSafeEqual(digest(given), digest(expected.reveal()));

function checkKey(request: FastifyRequest, apiKey: Secret): void {
  const [, key] = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) throw new Fault('KEY_MISSING');
  if (!isSameKey(key, apiKey)) throw new Fault('KEY_INVALID');
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
/** A proxy on this machine speaks for somebody else. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

const isLocal = (request: FastifyRequest): boolean =>
  LOOPBACK.test(request.socket.remoteAddress ?? '') &&
  PROXY_HEADERS.every((name) => request.headers[name] === undefined);

/** Lets a request through or throws. Runs before its body is read. */
export function checkAccess(request: FastifyRequest, settings: ApiSettings): void {
  if (request.is404) return;
  const access = request.routeOptions.config.access ?? 'key';
  if (access === 'open') return;
  if (access === 'wcs') {
    if (settings.wcsOpen === 'any') return;
    if (settings.wcsOpen === 'loopback' && isLocal(request)) return;
  }
  checkKey(request, settings.apiKey);
}
