import { cleanText } from './hidden-texts.ts';
import { readAuthDemand } from './publisher-authentication.ts';
import type { AuthDemand } from './publisher-authentication.ts';

/** How a server says no. */
export type RefusalCode =
  /** The server asks who publishes; `demand` says how. */
  | 'authNeeded'
  /** The user or the password is wrong. */
  | 'authRefused'
  /** Somebody publishes under this key, maybe a ghost of ourselves. */
  | 'keyInUse'
  /** The application is unknown or takes no connection. */
  | 'rejected'
  /** This publisher or this key may not publish. */
  | 'denied'
  /** The server closed the stream or the connection on purpose. */
  | 'closed'
  /** Anything else the server calls an error. */
  | 'failed';

/** A server's no, safe to show: the key and control characters are taken out of the texts. */
export interface PublishRefusal {
  readonly code: RefusalCode;
  /** The server's own word, such as `NetStream.Publish.BadName`; empty when it gave none. */
  readonly serverCode: string;
  /** The server's explanation; empty when it gave none. */
  readonly description: string;
  /** Of `authNeeded`. */
  readonly demand?: Exclude<AuthDemand, { kind: 'refused' }>;
}

/**
 * The codes of onStatus and _error that end a publish, section 7.2 and the FMS reference of the same words, in small
 * letters: Node-Media-Server says `NetStream.publish.Unauthorized`.
 */
const REFUSALS: ReadonlyMap<string, RefusalCode> = new Map([
  ['netstream.publish.badname', 'keyInUse'],
  ['netstream.publish.rejected', 'denied'],
  ['netstream.publish.denied', 'denied'],
  ['netstream.publish.unauthorized', 'denied'],
  // Twitch
  ['netstream.authenticate.usherfailed', 'denied'],
  ['netstream.publish.failed', 'failed'],
  ['netstream.failed', 'failed'],
  ['netconnection.connect.rejected', 'rejected'],
  ['netconnection.connect.invalidapp', 'rejected'],
  ['netconnection.connect.failed', 'failed'],
  ['netconnection.connect.appshutdown', 'closed'],
  ['netconnection.connect.closed', 'closed'],
  ['netconnection.connect.idletimeout', 'closed'],
  ['netstream.unpublish.success', 'closed'],
]);

/** Errors of other things than the stream: of calls nobody needs, of recording and playing at the server. */
const NOT_OF_THE_STREAM = /^(?:NetConnection\.Call|NetStream\.(?:Record|Play|Seek|Pause))\./i;

/** Enhanced RTMP v2, "Reconnect Request": no refusal, and not always at the end. */
export const RECONNECT_REQUEST = 'NetConnection.Connect.ReconnectRequest';

const MAX_URL_LENGTH = 2048;

/** What a status object says, as texts. */
export interface ServerStatus {
  readonly level: string;
  readonly code: string;
  readonly description: string;
}

/** Reads an information object of onStatus, _result or _error; whatever is missing is empty. */
export function readStatus(info: unknown): ServerStatus {
  if (info instanceof Map)
    return statusOf((key) => (info as ReadonlyMap<string, unknown>).get(key));
  if (typeof info !== 'object' || info === null) return statusOf(() => undefined);
  return statusOf((key) => (info as Readonly<Record<string, unknown>>)[key]);
}

/** Where the server wants us to go; `tcUrl` is undefined for the old place. */
export function readReconnectRequest(
  info: unknown,
  secrets: readonly string[],
): { readonly tcUrl: string | undefined; readonly description: string } {
  const tcUrl =
    info instanceof Map
      ? (info as ReadonlyMap<string, unknown>).get('tcUrl')
      : (info as Readonly<Record<string, unknown>>)['tcUrl'];
  return {
    tcUrl: typeof tcUrl === 'string' && tcUrl.length <= MAX_URL_LENGTH ? tcUrl : undefined,
    description: cleanText(readStatus(info).description, secrets),
  };
}

function statusOf(field: (key: string) => unknown): ServerStatus {
  const text = (key: string): string => {
    const value = field(key);
    return typeof value === 'string' ? value : '';
  };
  return { level: text('level'), code: text('code'), description: text('description') };
}

/**
 * The refusal in a status, or undefined when it is good news or no news.
 *
 * @param secrets Texts that must not appear in the result, from `textsToHide`.
 */
export function refusalIn(
  status: ServerStatus,
  secrets: readonly string[],
): PublishRefusal | undefined {
  const code = REFUSALS.get(status.code.toLowerCase());
  const isError = status.level === 'error' && !NOT_OF_THE_STREAM.test(status.code);
  if (code === undefined && !isError) return undefined;
  return refusalOf(code ?? 'failed', status, secrets);
}

/** A refusal from an `_error`, which is one whatever its status says. */
export function refusalFromError(status: ServerStatus, secrets: readonly string[]): PublishRefusal {
  const demand = readAuthDemand(status.description);
  if (demand !== undefined) return authRefusal(demand, status, secrets);
  return refusalIn(status, secrets) ?? refusalOf('failed', status, secrets);
}

const LOGIN_TROUBLE = {
  wrongPassword: 'the password is wrong',
  unknownUser: 'the user is unknown',
  other: 'the login was refused',
} as const;

/** Challenges and proofs are for nobody's eyes: what people read is our own text. */
function authRefusal(
  demand: AuthDemand,
  { code }: ServerStatus,
  secrets: readonly string[],
): PublishRefusal {
  const serverCode = cleanText(code, secrets);
  if (demand.kind === 'refused')
    return { code: 'authRefused', serverCode, description: LOGIN_TROUBLE[demand.reason] };
  const description = `the server asks for user and password (authmod=${demand.scheme})`;
  return { code: 'authNeeded', serverCode, description, demand };
}

function refusalOf(
  code: RefusalCode,
  status: ServerStatus,
  secrets: readonly string[],
): PublishRefusal {
  return {
    code,
    serverCode: cleanText(status.code, secrets),
    description: cleanText(status.description, secrets),
  };
}
