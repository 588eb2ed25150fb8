import { RtmpUrlError } from '../rtmp-errors.ts';
import { parseRtmpUrl } from './parse-rtmp-url.ts';
import type { RtmpTarget } from './parse-rtmp-url.ts';

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Where a request to reconnect leads: the place it names with our stream key and login, or the old place when it
 * names none. TLS is never left.
 *
 * @param tcUrl Absolute (`rtmp://other/app`), with a host (`//other/app`), or a path (`/app`).
 * @throws RtmpUrlError when it names no place for RTMP.
 * @see Enhanced RTMP v2, "Reconnect Request"
 */
export function reconnectTarget(current: RtmpTarget, tcUrl: string | undefined): RtmpTarget {
  if (tcUrl === undefined || tcUrl === '') return current;
  const place = parseRtmpUrl(absoluteUrl(current, tcUrl), current.streamKey.reveal());
  if (current.secure && !place.secure) throw new RtmpUrlError('would leave TLS');
  if (place.credentials !== undefined) throw new RtmpUrlError('names a user');
  return { ...place, ...(current.credentials && { credentials: current.credentials }) };
}

function absoluteUrl({ tcUrl: ours }: RtmpTarget, tcUrl: string): string {
  if (ABSOLUTE.test(tcUrl)) return tcUrl;
  const [, scheme = '', authority = ''] = /^([a-z]+):\/\/([^/?#]*)/i.exec(ours) ?? [];
  if (tcUrl.startsWith('//')) return `${scheme}:${tcUrl}`;
  return `${scheme}://${authority}/${tcUrl.replace(/^\/+/, '')}`;
}
