import type { PublishRefusal, RefusalCode } from '#protocol/rtmp';

/** Why a publish session ended against our will; the same words as the error catalog. */
export type RtmpFailureCode =
  | 'RTMP_UNREACHABLE'
  | 'RTMP_KEY_IN_USE'
  | 'RTMP_REFUSED'
  | 'RTMP_AUTH_REFUSED'
  | 'RTMP_TLS'
  | 'RTMP_STALLED'
  | 'RTMP_LOST'
  | 'RTMP_PROTOCOL'
  | 'RTMP_TIMEOUT';

/** The end of a publish session. `detail` is for people and holds no key or password. */
export class RtmpFailure extends Error {
  override readonly name = 'RtmpFailure';
  readonly code: RtmpFailureCode;
  readonly detail: string;

  constructor(code: RtmpFailureCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }
}

const REFUSAL_CODES: Readonly<Record<RefusalCode, RtmpFailureCode>> = {
  keyInUse: 'RTMP_KEY_IN_USE',
  authNeeded: 'RTMP_AUTH_REFUSED',
  authRefused: 'RTMP_AUTH_REFUSED',
  rejected: 'RTMP_REFUSED',
  denied: 'RTMP_REFUSED',
  // Words of a server in trouble; another try may find it well.
  closed: 'RTMP_LOST',
  failed: 'RTMP_LOST',
};

/** What a server's no means to us. */
export function failureOfRefusal(refusal: PublishRefusal): RtmpFailure {
  const said = [refusal.serverCode, refusal.description].filter((text) => text !== '').join(': ');
  return new RtmpFailure(REFUSAL_CODES[refusal.code], said === '' ? 'no reason given' : said);
}

/** Words for the errors a socket meets; others keep their code. */
const SOCKET_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on this port',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer from the host',
  ECONNRESET: 'the server reset the connection',
  EPIPE: 'the server has closed the connection',
};

/** What an error of the socket means: before the connection stands the server is unreachable, later it is lost. */
export function failureOfSocketError(error: Error, wasConnected: boolean): RtmpFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const detail = Object.hasOwn(SOCKET_ERRORS, code) ? SOCKET_ERRORS[code] : undefined;
  const what = detail === undefined ? code : `${detail} (${code})`;
  return new RtmpFailure(wasConnected ? 'RTMP_LOST' : 'RTMP_UNREACHABLE', what, { cause: error });
}
