import { Secret } from '#foundation';
import type { CreateCall } from '#contracts';
import type { CallSpec, IdFactory, NewCall } from '#domain';
import { newOutputsOf, placedTargets, targetErrors } from './output-target.ts';
import { domainOf, registrarOf } from './registrar-of.ts';
import { Rejection } from '../http/rejection.ts';

function fromOf(request: CreateCall): CallSpec['from'] {
  const { from, auth } = request;
  const user = from.user ?? auth?.username;
  const domain = domainOf(request);
  return {
    ...(user === undefined ? {} : { user }),
    ...(from.displayName === undefined ? {} : { displayName: from.displayName }),
    ...(domain === undefined ? {} : { domain }),
  };
}

function loginOf(auth: NonNullable<CreateCall['auth']>): NonNullable<CallSpec['auth']> {
  const { username, authUsername = username, realms } = auth;
  return { username: authUsername, ...(realms === undefined ? {} : { realms }) };
}

function specOf(request: CreateCall, wcs: CallSpec['wcs']): CallSpec {
  const { auth, outboundProxy, headers } = request;
  const registrar = registrarOf(request);
  return {
    to: request.to,
    from: fromOf(request),
    ...(auth === undefined ? {} : { auth: loginOf(auth) }),
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
    ...(registrar === undefined ? {} : { registrar }),
    ...(headers === undefined ? {} : { headers }),
    onCallLoss: request.onCallLoss,
    media: request.media,
    limits: request.limits,
    ...(wcs === undefined ? {} : { wcs }),
    ...(request.outputs.length === 0 ? { mayBeOffAir: true } : {}),
  };
}

/** What belongs to a call beside the request. */
export interface CallContext {
  readonly ids: IdFactory;
  readonly appKey: string;
  readonly wcs?: NonNullable<CallSpec['wcs']>;
}

/**
 * The call that a request asks for, its secrets apart from what may be shown.
 * @throws Rejection When outputs repeat each other or show a secret.
 */
export function newCallOf(request: CreateCall, { ids, appKey, wcs }: CallContext): NewCall {
  const errors = targetErrors(placedTargets(request.outputs, 'outputs'));
  if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
  const id = ids.callId();
  return {
    id,
    callId: request.callId ?? id,
    appKey,
    spec: specOf(request, wcs),
    dtmf: request.dtmf === undefined ? null : new Secret(request.dtmf),
    sipPassword: request.auth === undefined ? null : new Secret(request.auth.password),
    outputs: newOutputsOf(request.outputs, { ids, callId: id }),
    metadata: request.metadata,
  };
}
