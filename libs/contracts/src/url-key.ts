/** Path segments that name the application when the key is in the same URL: `app/instance`. */
const APP_SEGMENTS = 2;

/** An RTMP URL that holds its key, taken apart. */
export interface UrlWithKey {
  /** Without the key. */
  readonly url: string;
  readonly streamKey: string;
}

/**
 * Takes the key out of an RTMP URL; undefined when there is none.
 *
 * ```text
 * rtmp://host/app/key?query       the query belongs to the key
 * rtmp://host/app/instance/key    of three or more segments two are the application
 * rtmp://host/app?query/key       a key behind the query of the application
 * ```
 */
export function keyInUrl(text: string): UrlWithKey | undefined {
  const [, server, path] = /^([a-z]+:\/\/[^/?#]*)\/+(.*)$/i.exec(text) ?? [];
  if (server === undefined || path === undefined) return undefined;
  const app = appOf(path);
  const streamKey = path.slice(app.length + 1);
  return streamKey === '' ? undefined : { url: `${server}/${app}`, streamKey };
}

function appOf(path: string): string {
  const queryAt = path.indexOf('?');
  const bare = queryAt < 0 ? path : path.slice(0, queryAt);
  const segments = bare.split('/');
  if (segments.length > 1) {
    return segments.slice(0, Math.min(APP_SEGMENTS, segments.length - 1)).join('/');
  }
  const slash = path.indexOf('/', Math.max(queryAt, 0));
  return slash < 0 ? path : path.slice(0, slash);
}
