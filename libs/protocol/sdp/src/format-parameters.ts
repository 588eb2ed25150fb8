import type { RtpFormat } from './audio-codec.ts';

/** Events 0 to 15 are the keys, 16 is a hook flash (RFC 4733 section 3.2). */
const EVENTS = '0-16';
/** More than enough for the parameters of any audio codec; what stands behind is not looked at. */
const MAX_CHARS = 512;
const MAX_PARAMETERS = 32;

/**
 * The parameters of an `a=fmtp` line by their names in small letters; the first of a name counts.
 *
 * @see RFC 8866 section 6.15
 */
function readParameters(config: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of config.slice(0, MAX_CHARS).split(';', MAX_PARAMETERS)) {
    const [name = '', ...value] = part.split('=');
    const key = name.trim().toLowerCase();
    if (!parameters.has(key)) parameters.set(key, value.join('=').trim());
  }
  return parameters;
}

/**
 * What the peer's parameters make of a format.
 *
 * @param channels How many we want of a codec that leaves it to us.
 * @see RFC 7587 section 6.1
 */
export function withParameters(
  format: RtpFormat,
  config: string | undefined,
  channels: 1 | 2,
): RtpFormat {
  if (format.codec !== 'opus') return format;
  const parameters = readParameters(config ?? '');
  // The absence of `sprop-stereo` says nothing: many who send stereo do not write it.
  const isMono = channels === 1 || parameters.get('sprop-stereo') === '0';
  return {
    ...format,
    channels: isMono ? 1 : 2,
    hasInbandFec: parameters.get('useinbandfec') === '1',
  };
}

/** Our own parameters, for the offer and the answer; undefined for formats that have none. */
export function writtenParameters({ codec }: RtpFormat, channels: 1 | 2): string | undefined {
  if (codec === 'telephone-event') return EVENTS;
  if (codec !== 'opus') return undefined;
  return channels === 2 ? 'useinbandfec=1;stereo=1' : 'useinbandfec=1';
}
