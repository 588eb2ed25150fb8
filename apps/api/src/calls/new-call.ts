import { Secret } from '#foundation';
import type { CreateCall } from '#contracts';
import type { CallSpec, IdFactory, NewCall, NewOutput } from '#domain';
import { domainOf, registrarOf } from './registrar-of.ts';
import { Rejection } from '../http/rejection.ts';
import type { FieldError } from '../http/rejection.ts';

/** Parameters of an RTMP URL that would show a secret in every answer. */
const SECRET_PARAMETER = /pass|secret|token|key|sign?|auth|hash|hmac/i;

/** An RTMP URL taken apart: what may be shown, and what may not. */
interface RtmpTarget {
  readonly url: string;
  readonly credentials: Secret | null;
}

function rtmpTarget(text: string): RtmpTarget {
  const { protocol, host, pathname, search, username, password } = new URL(text);
  const url = `${protocol}//${host.toLowerCase()}${pathname.replace(/\/+$/, '')}${search}`;
  const credentials = username === '' && password === '' ? null : `${username}:${password}`;
  return { url, credentials: credentials === null ? null : new Secret(credentials) };
}

function outputErrors(outputs: CreateCall['outputs']): FieldError[] {
  const seen = new Map<string, number>();
  return outputs.flatMap(({ url, streamKey }, index): FieldError[] => {
    const names = [...new URL(url).searchParams.keys()];
    if (names.some((name) => SECRET_PARAMETER.test(name))) {
      const message = 'must not hold a secret; put it into the stream key';
      return [{ path: `outputs.${index}.url`, message }];
    }
    const target = `${rtmpTarget(url).url} ${streamKey}`;
    const first = seen.get(target);
    seen.set(target, first ?? index);
    return first === undefined
      ? []
      : [{ path: `outputs.${index}`, message: `repeats outputs.${first}` }];
  });
}

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
  const errors = outputErrors(request.outputs);
  if (errors.length > 0) throw new Rejection('REQUEST_INVALID', errors);
  const id = ids.callId();
  const outputs = request.outputs.map((output): NewOutput => {
    const { url, credentials } = rtmpTarget(output.url);
    const streamKey = new Secret(output.streamKey);
    return { id: ids.outputId(), url, streamKey, urlCredentials: credentials };
  });
  return {
    id,
    callId: request.callId ?? id,
    appKey,
    spec: specOf(request, wcs),
    dtmf: request.dtmf === undefined ? null : new Secret(request.dtmf),
    sipPassword: request.auth === undefined ? null : new Secret(request.auth.password),
    outputs,
    metadata: request.metadata,
  };
}
