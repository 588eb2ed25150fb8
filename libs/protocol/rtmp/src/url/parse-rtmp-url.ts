import { Secret } from '#foundation';
import { RtmpUrlError } from '../rtmp-errors.ts';

/** Where and what to publish. */
export interface RtmpTarget {
  /** Name or address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  /** The application, with its instance and its query if the URL has them. */
  readonly app: string;
  /** The URL of the application as the server gets it: no credentials, no key. */
  readonly tcUrl: string;
  readonly streamKey: Secret;
  /** RTMP inside TLS (`rtmps`). */
  readonly secure: boolean;
  /** From `user:password@`, with percent signs decoded. */
  readonly credentials?: { readonly user: string; readonly password: Secret };
}

const DEFAULT_PORTS = { rtmp: 1935, rtmps: 443 } as const;
const MAX_URL_LENGTH = 2048;
const MAX_KEY_LENGTH = 2048;
const MAX_HOST_LENGTH = 253;
const MAX_PORT = 65_535;
/** Path segments that name the application when the key is in the same URL: `app/instance`. */
const APP_SEGMENTS = 2;

const SHAPE = /^(?<scheme>[a-z]+):\/\/(?<authority>[^/?#]*)(?<path>.*)$/i;
const AUTHORITY =
  /^(?:(?<userinfo>.*)@)?(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<name>[a-z0-9._-]+))(?::(?<port>\d{1,5}))?$/i;
/** White space and control characters: they would reach command lines and logs. */
const UNPRINTABLE = /[\s\p{C}]/u;

/**
 * Reads an RTMP URL.
 *
 * ```text
 * with a key of its own   rtmp://host:1935/live            all of the path and query is the application
 * key in the URL          rtmp://host/app/key?query        the query belongs to the key
 *                         rtmp://host/app/instance/key     three or more segments: two are the application
 *                         rtmp://host/app?query/key        a key behind the query of the application
 * ```
 *
 * @param streamKey The key, when it does not stand in the URL. Taken as it is, signs like `?`, `/` and `%` included.
 * @throws RtmpUrlError with a reason that repeats nothing of the URL.
 */
export function parseRtmpUrl(url: string, streamKey?: string): RtmpTarget {
  if (url.length > MAX_URL_LENGTH)
    throw new RtmpUrlError(`longer than ${MAX_URL_LENGTH} characters`);
  if (UNPRINTABLE.test(url)) throw new RtmpUrlError('contains white space or control characters');
  const parts = SHAPE.exec(url)?.groups;
  const scheme = parts?.['scheme']?.toLowerCase();
  if (scheme !== 'rtmp' && scheme !== 'rtmps')
    throw new RtmpUrlError('must start with rtmp:// or rtmps://');
  const authority = parseAuthority(parts?.['authority'] ?? '');
  const path = (parts?.['path'] ?? '').replace(/^\/+/, '');
  const { app, key } =
    streamKey === undefined ? splitPath(path) : { app: trimEnd(path), key: streamKey };
  if (app === '' || app.startsWith('?'))
    throw new RtmpUrlError('has no application: rtmp://host/application');
  return {
    host: authority.host,
    port: authority.port ?? DEFAULT_PORTS[scheme],
    app,
    tcUrl: `${scheme}://${authority.written}/${app}`,
    streamKey: checkedKey(key),
    secure: scheme === 'rtmps',
    ...(authority.credentials === undefined ? {} : { credentials: authority.credentials }),
  };
}

interface Authority {
  readonly host: string;
  readonly port: number | undefined;
  /** Host and port as written: some servers choose the virtual host by this text. */
  readonly written: string;
  readonly credentials: RtmpTarget['credentials'];
}

function parseAuthority(text: string): Authority {
  const groups = AUTHORITY.exec(text)?.groups;
  const host = groups?.['ipv6'] ?? groups?.['name'] ?? '';
  if (host === '' || host.length > MAX_HOST_LENGTH) throw new RtmpUrlError('has no valid host');
  const portText = groups?.['port'];
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > MAX_PORT)) {
    throw new RtmpUrlError('has a port outside 1 to 65535');
  }
  const written = text.slice(text.lastIndexOf('@') + 1);
  return { host, port, written, credentials: parseCredentials(groups?.['userinfo']) };
}

function parseCredentials(userinfo: string | undefined): RtmpTarget['credentials'] {
  if (userinfo === undefined) return undefined;
  const colon = userinfo.indexOf(':');
  const user = colon < 0 ? userinfo : userinfo.slice(0, colon);
  const password = colon < 0 ? '' : userinfo.slice(colon + 1);
  return { user: decodePercent(user), password: new Secret(decodePercent(password)) };
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RtmpUrlError('has a wrong percent sign in its user name or password');
  }
}

/** Splits a path that holds the application and the key. */
function splitPath(path: string): { readonly app: string; readonly key: string } {
  const queryAt = path.indexOf('?');
  const bare = queryAt < 0 ? path : path.slice(0, queryAt);
  const segments = bare.split('/');
  if (segments.length === 1) {
    const slash = path.indexOf('/', Math.max(queryAt, 0));
    return slash < 0
      ? { app: path, key: '' }
      : { app: path.slice(0, slash), key: path.slice(slash + 1) };
  }
  // A slash too many, where a URL and a key were put together, names no instance.
  const appLength = segments[1] === '' ? 1 : Math.min(APP_SEGMENTS, segments.length - 1);
  const app = segments.slice(0, appLength).join('/');
  const key = path.slice(app.length + 1);
  return { app, key: segments[1] === '' ? key.replace(/^\/+/, '') : key };
}

function checkedKey(key: string): Secret {
  if (key === '') throw new RtmpUrlError('has no stream key: rtmp://host/application/key');
  if (key.length > MAX_KEY_LENGTH) {
    throw new RtmpUrlError(`has a stream key longer than ${MAX_KEY_LENGTH} characters`);
  }
  if (UNPRINTABLE.test(key)) {
    throw new RtmpUrlError('has a stream key with white space or control characters');
  }
  return new Secret(key);
}

/** Without the slashes that operators leave behind the application. */
const trimEnd = (path: string): string => (path.includes('?') ? path : path.replace(/\/+$/, ''));
