import { z } from 'zod';

/** Control characters, which end a SIP header or a URL early. */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose.
const CONTROL = /[\u0000-\u001f\u007f]/;
/** The same, as they look percent-encoded: %00 to %1f and %7f. */
const ENCODED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;

/** Half of a character: no UTF-8 can be made from it. */
const HALF_CHARACTER = /\p{Surrogate}/u;

const isClean = (text: string): boolean =>
  !CONTROL.test(text) && !ENCODED_CONTROL.test(text) && !HALF_CHARACTER.test(text);

/** A text of `longest` characters at most that cannot break out of a header, a URL or a log line. */
export const cleanText = (longest: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine(isClean, { error: 'must not contain control characters, plain or percent-encoded' });

/** A clean text that may stand inside a quoted string of a SIP header: nothing in it has to be escaped. */
export const quotableText = (longest: number): z.ZodString =>
  cleanText(longest).refine((text) => !/["\\<>]/.test(text), {
    error: 'must not contain quotes, backslashes or angle brackets',
  });

/** A text that is only stored and given back. */
export const storableText = (longest: number): z.ZodString =>
  z
    .string()
    .max(longest)
    .refine((text) => !text.includes('\u0000') && !HALF_CHARACTER.test(text), {
      error: 'must not contain NUL or halves of characters',
    });

const SIP_USER = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/%]+$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9\-.]*[A-Za-z0-9])?\.?)$/;

const LONGEST_USER = 128;

/** The user part of a SIP URI (RFC 3261 section 25.1, `user`). */
export const sipUser = cleanText(LONGEST_USER).refine((text) => SIP_USER.test(text), {
  error: "must hold only letters, digits and -_.!~*'()&=+$,;?/%",
});

/** Whether `sipUser` takes a text, without a word about why not. */
export const isSipUser = (text: string): boolean =>
  text.length <= LONGEST_USER && SIP_USER.test(text) && isClean(text);

/** A host name, an IPv4 address or an IPv6 address in brackets. */
export const hostName = cleanText(253).refine((text) => HOST.test(text), {
  error: 'must be a host name or an IP address',
});

const SIP_URI =
  /^(sips?):(?:([A-Za-z0-9\-_.!~*'()&=+$,;?/%]+)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9\-.]*[A-Za-z0-9])?\.?)(?::(\d{1,5}))?((?:;[A-Za-z0-9\-_.!~*'%[\]/:&+$]+(?:=[A-Za-z0-9\-_.!~*'%[\]/:&+$]+)?)*)$/;

/** The parts of a SIP URI that a check looks at. */
export interface SipUriParts {
  readonly scheme: 'sip' | 'sips';
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/** Takes a SIP URI apart; undefined when it is none. */
export function sipUriParts(text: string): SipUriParts | undefined {
  const match = SIP_URI.exec(text);
  if (match === null) return undefined;
  const [, scheme, user, host, portText] = match;
  const port = portText === undefined ? undefined : Number(portText);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
  return { scheme: scheme === 'sips' ? 'sips' : 'sip', user, host, port };
}

/**
 * `sip:user@host:port;transport=tcp` (RFC 3261 section 19.1), without a password and without headers. No longer than a
 * drachtio-server takes as the next hop.
 */
export const sipUri = cleanText(255)
  .refine((text) => sipUriParts(text) !== undefined, {
    error: 'must be a sip: or sips: URI such as sip:room@example.com:5060;transport=udp',
    abort: true,
  })
  .refine((text) => transportsOf(text).every((each) => /^(?:udp|tcp|tls)$/i.test(each)), {
    error: 'must have the transport udp, tcp or tls',
    abort: true,
  })
  .refine((text) => !text.startsWith('sips:') || !/^udp$/i.test(transportsOf(text)[0] ?? ''), {
    error: 'must not be of sips: and have the transport udp: sips: is TLS',
  });

/** What stands behind `;transport=`; the user may have such letters in it as well. */
function transportsOf(uri: string): string[] {
  const parameters = uri.slice(uri.lastIndexOf('@') + 1);
  if (!parameters.includes(';')) return [];
  return Array.from(parameters.matchAll(/;transport=([^;]*)/gi), ([, name = '']) => name);
}

function isRtmpUrl(text: string): boolean {
  if (!/^rtmps?:\/\//i.test(text) || /\s/.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, hash } = new URL(text);
  return hostname !== '' && /[^/]/.test(pathname) && hash === '';
}

/** An `rtmp:` or `rtmps:` URL with a host and an application. */
export const rtmpUrl = cleanText(1024).refine(isRtmpUrl, {
  error: 'must be an rtmp: or rtmps: URL with a host and an application',
});

const RECORDING_NAME = /^(?![._-])[A-Za-z0-9._-]{1,100}$/;

/**
 * The name in `file:NAME`, without `.flv` or `.mp4`; empty where none is given.
 *
 * @returns undefined when it is no URL of a recording.
 */
export function recordingName(url: string): string | undefined {
  if (!/^file:/i.test(url)) return undefined;
  const name = url.slice('file:'.length).replace(/\.(?:flv|mp4)$/i, '');
  return name === '' || RECORDING_NAME.test(name) ? name : undefined;
}

/** Where an output goes: an RTMP server, or a file. */
export const targetUrl = cleanText(1024).refine(
  (text) => isRtmpUrl(text) || recordingName(text) !== undefined,
  {
    error:
      'must be an rtmp: or rtmps: URL with a host and an application, or file:NAME with letters, digits and ._-',
    // What else an output needs depends on which of them it is.
    abort: true,
  },
);

/** Keys of a telephone, and `w` for a pause; 64 at most. */
export const dialKeys = z
  .string()
  .max(64)
  .regex(/^[0-9A-D*#w]+$/, 'must hold only 0-9 A-D * # and w, which is a pause of half a second')
  .regex(/[^w]/, 'must hold a key');
