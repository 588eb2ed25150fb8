import { Secret } from '#foundation';
import type { CreateCall } from '#contracts';
import type { CallAdmission, CallSpec, IdFactory, NewCall, TrunkRecord } from '#domain';
import { newOutputsOf, placedTargets, targetErrors } from './output-target.ts';
import { domainOf, registrarOf } from './registrar-of.ts';
import { Rejection } from '../http/rejection.ts';

/** What is offered by calls that name nothing else, with trunks that name nothing either. */
const USUAL_CODECS: CallSpec['media']['audio']['codecs'] = ['PCMU', 'PCMA'];

function fromOf(request: CreateCall): CallSpec['from'] {
  const { from, auth, trunk } = request;
  const user = from.user ?? auth?.username;
  const domain = trunk === undefined ? domainOf(request) : from.domain;
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

/** What the call does not say is as the trunk has it now. */
function mediaOf({ media }: CreateCall, trunk?: TrunkRecord): CallSpec['media'] {
  const { codecs = trunk?.settings.codecs ?? USUAL_CODECS } = media.audio;
  const { srtp = trunk?.settings.srtp ?? 'off' } = media;
  return { ...media, srtp, audio: { ...media.audio, codecs } };
}

function specOf(
  request: CreateCall,
  { wcs, trunk, traceparent }: Pick<CallContext, 'wcs' | 'trunk' | 'traceparent'>,
): CallSpec {
  const { auth, outboundProxy, headers } = request;
  const registrar = registrarOf(request);
  return {
    to: request.to,
    ...(trunk === undefined ? {} : { trunk: { id: trunk.id, name: trunk.settings.name } }),
    from: fromOf(request),
    ...(auth === undefined ? {} : { auth: loginOf(auth) }),
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
    ...(registrar === undefined ? {} : { registrar }),
    ...(headers === undefined ? {} : { headers }),
    onCallLoss: request.onCallLoss,
    media: mediaOf(request, trunk),
    limits: request.limits,
    ...(wcs === undefined ? {} : { wcs }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(request.outputs.length === 0 ? { mayBeOffAir: true } : {}),
  };
}

/** What belongs to a call beside the request. */
export interface CallContext {
  readonly ids: IdFactory;
  readonly appKey: string;
  /** That the call goes out through. */
  readonly trunk?: TrunkRecord | undefined;
  /** Default: at once. */
  readonly startAt?: Date | undefined;
  /** Of the request, where it is traced. */
  readonly traceparent?: string | undefined;
  readonly wcs?: NonNullable<CallSpec['wcs']>;
  /** Default: no limits. */
  readonly admission?: CallAdmission | undefined;
}

/**
 * The call that a request asks for, its secrets apart from what may be shown.
 * @throws Rejection When outputs repeat each other or show a secret.
 */
export function newCallOf(request: CreateCall, context: CallContext): NewCall {
  const { ids, appKey, startAt, admission } = context;
  const errors = targetErrors(placedTargets(request.outputs, 'outputs'));
  if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
  const id = ids.callId();
  return {
    id,
    callId: request.callId ?? id,
    appKey,
    spec: specOf(request, context),
    dtmf: request.dtmf === undefined ? null : new Secret(request.dtmf),
    sipPassword: request.auth === undefined ? null : new Secret(request.auth.password),
    outputs: newOutputsOf(request.outputs, { ids, callId: id }),
    ...(admission === undefined ? {} : { admission }),
    priority: request.priority,
    ...(startAt === undefined ? {} : { startAt }),
    ...(request.redial === undefined ? {} : { redial: request.redial }),
    metadata: request.metadata,
  };
}
