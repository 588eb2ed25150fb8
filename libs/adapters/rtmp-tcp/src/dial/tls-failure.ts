import { RtmpFailure } from '../rtmp-failure.ts';

const UNKNOWN_AUTHORITY =
  'the certificate comes from an authority that is not trusted here, or the server leaves out those in between';
const TOO_OLD = 'the server speaks only versions of TLS older than 1.2';
const NO_TLS = 'the server speaks no TLS on this port; maybe the URL should begin with rtmp://';
const MAX_NAMES_LENGTH = 120;

/** Words for what can be wrong with a server's TLS; codes of OpenSSL and Node. Others keep their code. */
const TLS_ERRORS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  CERT_REVOKED: 'the certificate was revoked',
  CERT_UNTRUSTED: 'the certificate is not trusted here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  INVALID_PURPOSE: 'the certificate is not made for servers',
  ERR_SSL_UNSUPPORTED_PROTOCOL: TOO_OLD,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: TOO_OLD,
  ERR_SSL_VERSION_TOO_LOW: TOO_OLD,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_RECORD_LAYER_FAILURE: NO_TLS,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'the server knows none of our ciphers',
  ERR_SSL_NO_CIPHERS_AVAILABLE: 'the server knows none of our ciphers',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server wants a certificate of ours',
  ECONNRESET: 'the server closed the connection instead of answering to TLS',
};

/** What an error on the way to TLS means. */
export function failureOfTlsError(error: Error, host: string): RtmpFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const known = Object.hasOwn(TLS_ERRORS, code) ? TLS_ERRORS[code] : undefined;
  const words = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? wrongName(error, host) : known;
  const detail = words === undefined ? `TLS failed: ${code}` : `${words} (${code})`;
  return new RtmpFailure('RTMP_TLS', detail, { cause: error });
}

function wrongName(error: Error, host: string): string {
  const names =
    'cert' in error ? (error.cert as { subjectaltname?: string }).subjectaltname : undefined;
  const others = (names ?? '').replace(/\p{C}+/gu, ' ').slice(0, MAX_NAMES_LENGTH);
  return `the certificate is not made out for ${host} but for ${others === '' ? 'no name' : others}`;
}
