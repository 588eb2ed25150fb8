import { createCallSchema, sipUriParts } from '#contracts';
import type { CreateCall, CreateCallInput, Wcs5Call, WcsCall } from '#contracts';
import { fieldErrors } from '../http/field-errors.ts';
import { Rejection } from '../http/rejection.ts';

/** How our fields are called in the WCS dialect, for the texts of refusals. */
export const WCS_NAMES: ReadonlyMap<string, string> = new Map([
  ['to', 'callee'],
  ['from.user', 'connection.sipLogin'],
  ['from.domain', 'connection.sipDomain'],
  ['from.displayName', 'visibleName'],
  ['auth', 'connection.sipPassword'],
  ['auth.username', 'connection.sipLogin'],
  ['auth.authUsername', 'connection.sipAuthenticationName'],
  ['auth.password', 'connection.sipPassword'],
  ['outboundProxy', 'connection.sipOutboundProxy'],
  ['registrar', 'connection.sipDomain'],
  ['outputs.0.url', 'rtmpUrl'],
  ['outputs.0.streamKey', 'rtmpStream'],
]);

/** The same in the dialect of WCS 5, which does not nest. */
export const WCS5_NAMES: ReadonlyMap<string, string> = new Map(
  [...WCS_NAMES].map(([ours, theirs]) => [ours, theirs.replace('connection.', '')]),
);

/** What both dialects say of a call. */
interface AskedCall extends Omit<WcsCall, 'rtmpUrl' | 'rtmpStream' | 'connection'> {
  readonly connection: Omit<WcsCall['connection'], 'appKey'>;
  readonly outputs: CreateCallInput['outputs'];
}

const HAS_SCHEME = /^sips?:/i;

/** A user, the domain itself, `user@host`, or a whole SIP URI. */
function calleeUri({ callee, connection }: AskedCall): string {
  if (HAS_SCHEME.test(callee)) return callee;
  if (callee.includes('@')) return `sip:${callee}`;
  const domain = `${connection.sipDomain}:${connection.sipPort}`;
  const isDomain = callee.toLowerCase() === connection.sipDomain.toLowerCase();
  return isDomain ? `sip:${domain}` : `sip:${callee}@${domain}`;
}

/** The next hop; without a port it takes that of the domain. */
function proxyUri({ sipOutboundProxy, sipPort }: AskedCall['connection']): string | undefined {
  if (sipOutboundProxy === undefined || sipOutboundProxy === '') return undefined;
  const uri = HAS_SCHEME.test(sipOutboundProxy) ? sipOutboundProxy : `sip:${sipOutboundProxy}`;
  const parts = sipUriParts(uri);
  if (parts === undefined || parts.port !== undefined) return uri;
  const end = uri.indexOf(parts.host, uri.indexOf('@') + 1) + parts.host.length;
  return `${uri.slice(0, end)}:${sipPort}${uri.slice(end)}`;
}

function inputOf(call: AskedCall): CreateCallInput {
  const { connection } = call;
  const { sipLogin, sipAuthenticationName, sipPassword, sipDomain, sipPort } = connection;
  const displayName = [call.visibleName, connection.visibleName].find((name) => name);
  const outboundProxy = proxyUri(connection);
  return {
    callId: call.callId,
    to: calleeUri(call),
    from: { user: sipLogin, domain: sipDomain, ...(displayName ? { displayName } : {}) },
    ...(sipPassword
      ? {
          auth: {
            username: sipLogin,
            password: sipPassword,
            ...(sipAuthenticationName ? { authUsername: sipAuthenticationName } : {}),
          },
        }
      : {}),
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
    ...(connection.sipRegisterRequired
      ? { register: true, registrar: `sip:${sipDomain}:${sipPort}` }
      : {}),
    media: { direction: call.hasAudio || call.hasVideo ? 'sendrecv' : 'recvonly' },
    outputs: call.outputs,
  };
}

function requestOf(call: AskedCall, names: ReadonlyMap<string, string>): CreateCall {
  const parsed = createCallSchema.safeParse(inputOf(call));
  if (parsed.success) return parsed.data;
  throw new Rejection('REQUEST_INVALID', fieldErrors(parsed.error.issues)).renamed(names);
}

/** What a WCS page asks for, as a request of our own. @throws Rejection that names its fields as WCS does. */
export function requestOfWcs(call: WcsCall): CreateCall {
  const outputs = [{ url: call.rtmpUrl, streamKey: call.rtmpStream }];
  return requestOf({ ...call, outputs }, WCS_NAMES);
}

/** The same of WCS 5, whose calls may be on air nowhere at first. @throws Rejection that names its fields as WCS 5 does. */
export function requestOfWcs5(call: Wcs5Call): CreateCall {
  const { rtmpUrl, rtmpStream } = call;
  const outputs = rtmpUrl && rtmpStream ? [{ url: rtmpUrl, streamKey: rtmpStream }] : [];
  return requestOf({ ...call, connection: call, outputs }, WCS5_NAMES);
}
