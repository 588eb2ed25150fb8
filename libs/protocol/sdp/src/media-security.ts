import type { Secret } from '#foundation';
import { parseCryptoLine } from './crypto-line.ts';
import type { CryptoLine, CryptoSuite } from './crypto-line.ts';
import { SdpError } from './sdp-error.ts';
import type { MediaSection } from './sdp-text.ts';

export type { CryptoLine, CryptoSuite };

/** What we offer to protect packets with (RFC 4568). */
export interface OfferedSecurity {
  /** Whether plain RTP is refused. If not, SRTP is offered beside it (RFC 8643). */
  readonly isRequired: boolean;
  /** Our keys, one per suite, the preferred one first: 30 random bytes in base64 each. */
  readonly keys: readonly { readonly suite: CryptoSuite; readonly keySalt: Secret }[];
}

/** How the packets of a stream are protected. */
export interface MediaSecurity {
  readonly suite: CryptoSuite;
  /** Master key and salt of what we send, in base64. */
  readonly localKeySalt: Secret;
  /** Master key and salt of what the peer sends, in base64. */
  readonly remoteKeySalt: Secret;
}

/** Feedback messages of AVPF and SAVPF are optional (RFC 4585, RFC 5124). */
const PLAIN_PROFILES = ['RTP/AVP', 'RTP/AVPF'];
const SECURE_PROFILES = ['RTP/SAVP', 'RTP/SAVPF'];

const isPlain = ({ protocol }: MediaSection): boolean =>
  PLAIN_PROFILES.includes(protocol.toUpperCase());

/** Whether a stream over this protocol is for us at all. */
export function isRtpProfile(protocol: string, security: OfferedSecurity | undefined): boolean {
  const profiles = security === undefined ? [] : SECURE_PROFILES;
  return [...PLAIN_PROFILES, ...profiles].includes(protocol.toUpperCase());
}

/** The profile of our offer: a peer without SRTP understands the plain one (RFC 8643 section 3.1). */
export const profileOf = (security: OfferedSecurity | undefined): string =>
  security?.isRequired === true ? 'RTP/SAVP' : 'RTP/AVP';

/** The lines of our offer. */
export const offeredCryptoLines = (security: OfferedSecurity | undefined): readonly CryptoLine[] =>
  (security?.keys ?? []).map((key, index) => ({ tag: index + 1, ...key }));

/** Whether nothing is to be protected. @throws SdpError `notSecure` where that may not be. */
function isLeftPlain(section: MediaSection, security: OfferedSecurity): boolean {
  if (!isPlain(section)) return false;
  if (security.isRequired) {
    throw new SdpError('notSecure', `SRTP is required, and audio is over ${section.protocol}`);
  }
  return section.cryptoLines.length === 0;
}

/**
 * How the packets are protected by the peer's answer.
 *
 * @throws SdpError `notSecure` when SRTP is required and not agreed, or the answer is not to a line of our offer.
 * @see RFC 4568 section 5.1.3
 */
export function securityOfAnswer(
  section: MediaSection,
  security: OfferedSecurity | undefined,
): MediaSecurity | undefined {
  if (security === undefined || isLeftPlain(section, security)) return undefined;
  const answered = parseCryptoLine(section.cryptoLines[0] ?? '');
  const offered = offeredCryptoLines(security).find(
    ({ tag, suite }) => tag === answered?.tag && suite === answered.suite,
  );
  if (answered === undefined || offered === undefined) {
    throw new SdpError('notSecure', 'no a=crypto line that answers one of ours');
  }
  return securityOf(offered, answered);
}

const securityOf = (local: CryptoLine, remote: CryptoLine): MediaSecurity => ({
  suite: remote.suite,
  localKeySalt: local.keySalt,
  remoteKeySalt: remote.keySalt,
});

/**
 * How the packets are to be protected by the peer's offer, and the line of our answer: the first of the peer's that we
 * can use. Undefined for plain RTP.
 *
 * @throws SdpError `notSecure` when SRTP is required and not offered, or offered in a way that we cannot use.
 * @see RFC 4568 section 5.1.2
 */
export function securityOfOffer(
  section: MediaSection,
  security: OfferedSecurity | undefined,
): { readonly security: MediaSecurity; readonly line: CryptoLine } | undefined {
  if (security === undefined || isLeftPlain(section, security)) return undefined;
  for (const text of section.cryptoLines) {
    const offered = parseCryptoLine(text);
    const local = security.keys.find(({ suite }) => suite === offered?.suite);
    if (offered === undefined || local === undefined) continue;
    const line = { tag: offered.tag, ...local };
    return { security: securityOf(line, offered), line };
  }
  if (isPlain(section)) return undefined;
  throw new SdpError('notSecure', 'no a=crypto line that we can use');
}
