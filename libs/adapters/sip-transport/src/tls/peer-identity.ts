import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

/**
 * Whether a certificate names the SIP server that was asked for: as DNS name, IP address or SIP URI (RFC 5922
 * section 7). A `*` stands for one label, although section 7.2 forbids it: carriers that give each customer a
 * subdomain have no other certificates.
 *
 * @returns what is wrong; undefined when it does.
 */
export function checkPeerIdentity(name: string, certificate: PeerCertificate): Error | undefined {
  if (isIP(name) === 0 && sipDomains(certificate).includes(name.toLowerCase())) return undefined;
  return checkServerIdentity(name, certificate);
}

/** The domains of SIP URIs without a user among the alternative names. */
function sipDomains({ subjectaltname = '' }: PeerCertificate): readonly string[] {
  // Values with separators in them are quoted: then the list cannot be taken apart safely, and none counts.
  if (typeof subjectaltname !== 'string' || subjectaltname.includes('"')) return [];
  return subjectaltname
    .split(', ')
    .map((entry) => /^URI:sip:([\w.-]+)$/i.exec(entry)?.[1]?.toLowerCase())
    .filter((domain) => domain !== undefined);
}
