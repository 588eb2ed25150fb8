import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { RtmpTrust } from '../publish-contract.ts';
import { MIN_TLS_VERSION } from './start-tls.ts';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Trusts the authorities of a PEM file beside those that come with Node.
 *
 * @param problems Gets one sentence when the file cannot be used, with its name and none of its content.
 */
export function readRtmpTrust(file: string | undefined, problems: string[]): RtmpTrust | undefined {
  if (file === undefined) return undefined;
  try {
    const texts = readFileSync(file, 'utf8').match(PEM) ?? [];
    const certificates = texts.map((text) => new X509Certificate(text).toString());
    if (certificates.length === 0) problems.push(`CALLCAST_RTMP_CA: ${file}: holds no certificate`);
    const ca = [...rootCertificates, ...certificates];
    return createSecureContext({ ca, minVersion: MIN_TLS_VERSION });
  } catch (error) {
    problems.push(`CALLCAST_RTMP_CA: ${file}: ${whyUnusable(error)}`);
    return undefined;
  }
}

function whyUnusable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'may not be read';
  return code.startsWith('ERR_OSSL') ? 'holds a broken certificate' : `cannot be read (${code})`;
}
