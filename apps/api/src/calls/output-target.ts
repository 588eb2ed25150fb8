import { keyInUrl, recordingName } from '#contracts';
import type { OutputRequest } from '#contracts';
import type { CallId, IdFactory, NewOutput } from '#domain';
import { Secret } from '#foundation';
import type { FieldError } from '../http/rejection.ts';

/** Parameters of an RTMP URL that would show a secret in every answer. */
const SECRET_PARAMETER = /pass|secret|token|key|sign?|auth|hash|hmac/i;

/** What a target is asked for with, as an output or as a backup of one. */
export type TargetRequest = Pick<OutputRequest, 'url' | 'streamKey' | 'username' | 'password'>;

/** A target taken apart: what may be shown, and what may not. */
type Target = Pick<NewOutput, 'url' | 'streamKey' | 'urlCredentials'>;

/**
 * Takes a target apart.
 * @param callId Names a recording that has no name. Default: it stays without.
 */
export function targetOf(request: TargetRequest, callId: CallId | '' = ''): Target {
  const name = recordingName(request.url);
  if (name !== undefined) {
    const url = `file:${name === '' ? callId : name}`;
    return { url, streamKey: new Secret(''), urlCredentials: null };
  }
  const { url, streamKey } =
    request.streamKey === undefined
      ? (keyInUrl(request.url) ?? { url: request.url, streamKey: '' })
      : { url: request.url, streamKey: request.streamKey };
  const server = new URL(url);
  const { protocol, host, pathname, search } = server;
  return {
    url: `${protocol}//${host.toLowerCase()}${pathname.replace(/\/+$/, '')}${search}`,
    streamKey: new Secret(streamKey),
    urlCredentials: credentialsOf(request, server),
  };
}

/** As they stand in a URL, percent-encoded. @param server The URL, or what is left of it without its key. */
function credentialsOf(
  { username, password }: TargetRequest,
  { username: user, password: word }: URL,
): Secret | null {
  if (username !== undefined && password !== undefined) {
    return new Secret(`${encodeURIComponent(username)}:${encodeURIComponent(password)}`);
  }
  return user === '' && word === '' ? null : new Secret(`${user}:${word}`);
}

/** A target, and where in the request it stands. */
interface PlacedTarget {
  readonly path: string;
  readonly request: TargetRequest;
}

/** All targets of outputs, backups included. @param path Of the list: `outputs`. Empty for a request that is one output. */
export function placedTargets(outputs: readonly OutputRequest[], path: string): PlacedTarget[] {
  return outputs.flatMap((output, index): PlacedTarget[] => {
    const own = path === '' ? '' : `${path}.${index}`;
    const { backup } = output;
    const below = own === '' ? 'backup' : `${own}.backup`;
    return [
      { path: own, request: output },
      ...(backup === undefined ? [] : [{ path: below, request: backup }]),
    ];
  });
}

/** Why outputs cannot be taken: targets that repeat each other, or URLs that show a secret. */
export function targetErrors(targets: readonly PlacedTarget[]): FieldError[] {
  const seen = new Map<string, string>();
  return targets.flatMap(({ path, request }): FieldError[] => {
    const { url, streamKey } = targetOf(request);
    const names = url.includes('?') ? [...new URL(url).searchParams.keys()] : [];
    if (names.some((name) => SECRET_PARAMETER.test(name))) {
      const message = 'must not hold a secret; put it into the stream key';
      return [{ path: path === '' ? 'url' : `${path}.url`, message }];
    }
    const target = `${url} ${streamKey.reveal()}`;
    const first = seen.get(target);
    seen.set(target, first ?? path);
    const repeated = first === '' ? 'the output' : first;
    return first === undefined ? [] : [{ path, message: `repeats ${repeated}` }];
  });
}

/** The outputs that are asked for, each primary before its backup. */
export function newOutputsOf(
  requests: readonly OutputRequest[],
  { ids, callId }: { readonly ids: IdFactory; readonly callId: CallId },
): NewOutput[] {
  return requests.flatMap((request): NewOutput[] => {
    const retry = retryOf(request);
    const primary = { id: ids.outputId(), ...targetOf(request, callId), ...retry };
    const { backup } = request;
    if (backup === undefined) return [primary];
    const role = { of: primary.id, mode: backup.mode };
    return [primary, { id: ids.outputId(), ...targetOf(backup), ...retry, backup: role }];
  });
}

function retryOf({ retry }: OutputRequest): Pick<NewOutput, 'retry'> {
  const { maxAttempts, maxSeconds } = retry ?? {};
  if (maxAttempts === undefined && maxSeconds === undefined) return {};
  return {
    retry: {
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...(maxSeconds === undefined ? {} : { maxSeconds }),
    },
  };
}
