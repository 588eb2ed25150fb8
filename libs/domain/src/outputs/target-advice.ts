import type { ErrorCode } from '../errors/catalog.ts';
import type { Platform } from './platform-rules.ts';

/** Why an attempt to publish ended, as far as advice depends on it. */
export interface TargetProblem {
  readonly code: ErrorCode;
  /** RTMP inside TLS. */
  readonly secure: boolean;
  readonly platform: Platform;
  /** The name of the server has been resolved. */
  readonly isResolved: boolean;
  /** A user and a password were given. */
  readonly hasLogin: boolean;
}

const WHERE_KEYS_ARE: Readonly<Record<Platform, string>> = {
  youtube: 'copy the stream key anew from YouTube Studio ("Go live", "Stream")',
  facebook: 'make a new stream key in Live Producer: keys end with their broadcast',
  twitch: 'copy the key anew from the Creator Dashboard ("Settings", "Stream")',
  wowza: 'compare application and stream name with the Wowza console',
  generic: 'compare application and stream key with the settings of the server',
};

const SPEAKS_OTHERWISE = (secure: boolean): string =>
  secure
    ? 'Something answers there, but not RTMP inside TLS: check the port, or try rtmp://.'
    : 'Something answers there, but not RTMP: check the port, or try rtmps:// if the server wants TLS.';

/** What to do about a target that does not take the stream, in plain words. */
export function adviceFor(problem: TargetProblem): string {
  const { code, secure, platform, isResolved, hasLogin } = problem;
  switch (code) {
    case 'RTMP_UNREACHABLE':
      return isResolved
        ? 'Check host and port (1935 for RTMP, 443 for RTMPS), and whether a firewall lets the workers out to it.'
        : 'Check the spelling of the host name, and the name servers of the workers.';
    case 'RTMP_TLS':
      return 'Check the host name and the certificate of the server; an authority of your own goes into CALLCAST_RTMP_CA of the workers.';
    case 'RTMP_TIMEOUT':
    case 'RTMP_PROTOCOL':
      return SPEAKS_OTHERWISE(secure);
    case 'RTMP_AUTH_REFUSED':
      return hasLogin
        ? 'Check user and password of the publisher.'
        : 'The server asks publishers to log in: give `username` and `password`.';
    case 'RTMP_KEY_IN_USE':
      return 'Somebody publishes under this key: stop the other encoder, or take another key. After a dropped connection it may take a minute until the server lets go.';
    case 'RTMP_REFUSED':
      return `The server does not want this stream: ${WHERE_KEYS_ARE[platform]}.`;
    case 'RTMP_STALLED':
      return 'The server took the stream and then stopped reading: look at its load and the network between.';
    default:
      return `The server closed the connection: ${WHERE_KEYS_ARE[platform]}, and look into its log.`;
  }
}
