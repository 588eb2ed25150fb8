import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { KEY_SCOPES } from '#domain';
import type { KeyScope } from '#domain';
import { invariant } from '#foundation';

/** What a key may do within its app. */
export type Scope = KeyScope;

/** Who asks. */
export interface Caller {
  /** Of the key; for commands and the audit trail. */
  readonly keyId: string;
  /** Its app: what is created belongs to it. */
  readonly appKey: string;
  readonly scope: Scope;
  /** Whether it sees and commands what belongs to other apps: an operator. */
  readonly allApps: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on routes that are open to everybody. */
    caller?: Caller;
  }
}

/** The app of whatever is asked for with the bootstrap key. */
const DEFAULT_APP = 'default';

/** Who holds the key of the setting CALLCAST_API_KEY. */
export const OPERATOR: Caller = {
  keyId: 'bootstrap',
  appKey: DEFAULT_APP,
  scope: 'admin',
  allApps: true,
};

/** A page of the WCS dialect that knows no key: its requests name their apps. */
export const WCS_GUEST: Caller = {
  keyId: 'wcs',
  appKey: DEFAULT_APP,
  scope: 'write',
  allApps: true,
};

/** Whether a scope includes another. */
export const includesScope = (held: Scope, needed: Scope): boolean =>
  KEY_SCOPES.indexOf(held) >= KEY_SCOPES.indexOf(needed);

/** Whether somebody may know of what belongs to an app. */
export const mayKnow = ({ appKey, allApps }: Caller, owned: { readonly appKey: string }): boolean =>
  allApps || owned.appKey === appKey;

/** Of which app a list is: the caller's own, or for an operator the one asked for; undefined for all. */
export const listedApp = (caller: Caller, asked: string | undefined): string | undefined =>
  caller.allApps ? asked : caller.appKey;

/** Who asks, on a route that is not open. */
function callerOf({ caller }: FastifyRequest): Caller {
  invariant(caller, 'a route that asks for its caller is not open');
  return caller;
}

/** Gives a method of a controller the caller. */
export const By = createParamDecorator((_data: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
