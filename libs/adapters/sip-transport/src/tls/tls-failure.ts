import type { TransportPath } from '#protocol/sip';
import { codeOf } from '../transport/stream-kind.ts';
import type { ConnectionStage } from '../transport/stream-kind.ts';
import { asHost } from '../transport/wire.ts';

const UNTRUSTED = 'is of no authority that is trusted here';

/** What OpenSSL and Node call it, and what that says about the peer's certificate. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  CERT_REJECTED: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  INVALID_PURPOSE: 'is not meant for servers',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};

const HANDSHAKE_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/CERTIFICATE_REQUIRED/, 'the peer wants a certificate of ours'],
  [
    /ALERT_(?:BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE|DECRYPT|UNSUPPORTED_CERT)/,
    'the peer refused our certificate',
  ],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, 'no version of TLS in common'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/, 'the peer does not speak TLS'],
  [/HANDSHAKE_FAILURE/, 'the peer refused the handshake'],
  [/^ECONNRESET$/, 'the peer broke the handshake off'],
  [/^ETIMEDOUT$/, 'the handshake took too long'],
];

/**
 * Why a connection over TLS failed, in one line that begins with `TLS:` if TLS is to blame, else the system's code.
 * Nothing of it is the peer's own text.
 */
export function tlsFailure(error: Error, path: TransportPath, stage: ConnectionStage): string {
  const code = codeOf(error);
  const peer = `${asHost(path.address)}:${path.port}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `TLS: the certificate of ${peer} does not name ${path.serverName ?? path.address}`;
  }
  const problem = CERTIFICATE_PROBLEMS[code];
  if (problem !== undefined) return `TLS: the certificate of ${peer} ${problem}`;
  if (stage !== 'handshake' && !code.startsWith('ERR_')) return code;
  const known = HANDSHAKE_PROBLEMS.find(([pattern]) => pattern.test(code))?.[1];
  return `TLS: ${known ?? `the handshake with ${peer} failed (${code.slice(0, 80)})`}`;
}
