import { RtmpUrlError } from '../rtmp-errors.ts';
import { parseRtmpUrl } from './parse-rtmp-url.ts';

const MAX_URL_LENGTH = 2048;

/**
 * Where a request to reconnect leads: the place it names, or the old place when it names none. It never leads out of
 * TLS, and it names neither a user nor a key: those stay ours.
 *
 * @param ours URL of the application that asks, without key and credentials.
 * @param asked Absolute (`rtmp://other/app`) or relative to ours (`//other/app`, `/app`, `instance`).
 * @throws RtmpUrlError when it names no place for RTMP.
 * @see Enhanced RTMP v2, "Reconnect Request"; RFC 3986 section 5
 */
export function reconnectUrl(ours: string, asked: string | undefined): string {
  if (asked === undefined || asked === '') return ours;
  if (asked.length > MAX_URL_LENGTH || !URL.canParse(asked, ours))
    throw new RtmpUrlError('is no URL');
  const place = new URL(asked, ours);
  if (place.username !== '' || place.password !== '') throw new RtmpUrlError('names a user');
  const { secure } = parseRtmpUrl(place.href, 'key');
  if (!secure && new URL(ours).protocol === 'rtmps:') throw new RtmpUrlError('would leave TLS');
  return place.href;
}
