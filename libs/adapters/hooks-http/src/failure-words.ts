import type { HookFailureReason } from '#domain';
import { RefusedAddressError } from './judged-lookup.ts';

type Failed = readonly [HookFailureReason, string];

const UNTRUSTED =
  'the certificate comes from an authority that is not trusted here, or the endpoint leaves out those in between';
const NO_TLS = 'the endpoint speaks no TLS on this port';
const SILENT = 'the endpoint takes no connection in time';
const NO_HTTP = 'the answer is no HTTP that can be read';

/** What codes of Node, OpenSSL and undici mean. Others are a broken exchange. */
const CODES: Readonly<Record<string, Failed>> = {
  ENOTFOUND: ['unreachable', 'the host name is unknown'],
  ENODATA: ['unreachable', 'the host name has no address'],
  EAI_AGAIN: ['unreachable', 'the name servers do not answer'],
  ETIMEOUT: ['unreachable', 'the name servers do not answer'],
  ESERVFAIL: ['unreachable', 'the name servers of the host fail'],
  ECONNREFUSED: ['unreachable', 'nothing listens on this port'],
  EHOSTUNREACH: ['unreachable', 'there is no way to the host'],
  ENETUNREACH: ['unreachable', 'there is no way to the host'],
  ETIMEDOUT: ['unreachable', SILENT],
  UND_ERR_CONNECT_TIMEOUT: ['unreachable', SILENT],
  UND_ERR_MAX_ORIGINS_REACHED: ['unreachable', 'too many endpoints are called at this time'],
  CERT_HAS_EXPIRED: ['tls', 'the certificate has expired'],
  CERT_NOT_YET_VALID: ['tls', 'the certificate is not valid yet'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['tls', 'the certificate is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: ['tls', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT: ['tls', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls', UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['tls', UNTRUSTED],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls', 'the certificate is not made out for this host'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['tls', NO_TLS],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['tls', NO_TLS],
  UND_ERR_SOCKET: ['broken', 'the connection was closed before the answer had ended'],
  ECONNRESET: ['broken', 'the connection was closed before the answer had ended'],
  EPIPE: ['broken', 'the connection was closed before the answer had ended'],
  UND_ERR_HEADERS_OVERFLOW: ['broken', 'the headers of the answer are longer than 16 KiB'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['broken', 'the answer is shorter or longer than it says'],
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** What an error of a connection or of an answer means. */
export function failureOf(error: unknown): Failed {
  // Of several addresses that were tried, the first says most.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof RefusedAddressError) return ['refused', first.message];
  const code = codeOf(first) === '' ? codeOf(error) : codeOf(first);
  const known = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (known !== undefined) return [known[0], `${known[1]} (${code})`];
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code.startsWith('CERT_')) {
    return ['tls', `TLS failed (${code})`];
  }
  return ['broken', code === '' ? NO_HTTP : `${NO_HTTP} (${code})`];
}
