import { Secret } from '#foundation';

/** How packets are protected (RFC 4568 section 6.2). */
export type CryptoSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32';

/** An `a=crypto` line that can be used. */
export interface CryptoLine {
  /** Ties an answer to the line of the offer. */
  readonly tag: number;
  readonly suite: CryptoSuite;
  /** Master key and salt, 30 bytes in base64. */
  readonly keySalt: Secret;
}

const SUITES: readonly string[] = [
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
] satisfies CryptoSuite[];
const LINE = /^(\d{1,9}) ([\w-]{1,64}) (\S+)((?: +\S+)*) *$/;
/** One key without MKI; its lifetime is longer than any call, or is written down to no purpose. */
const ONE_KEY = /^inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^\d{1,2}|\d{1,15}))?$/i;
/** What changes nothing: a hint about the replay window, and extensions marked as optional (section 6.3.7). */
const HARMLESS_PARAMETER = /^(?:WSH=\d{1,6}|-\S+)$/i;

const isSuite = (name: string): name is CryptoSuite => SUITES.includes(name);

/**
 * Reads what stands behind `a=crypto:`.
 *
 * @returns Undefined for what we cannot do: other suites, several keys, MKI, session parameters that change the
 *   packets, or what is no such line at all. RFC 4568 section 5.1.2 lets an offerer give others beside it.
 */
export function parseCryptoLine(text: string): CryptoLine | undefined {
  const match = LINE.exec(text);
  const [tag = '', suite = '', keys = '', parameters = ''] = match?.slice(1) ?? [];
  const keySalt = ONE_KEY.exec(keys)?.[1];
  if (match === null || keySalt === undefined || !isSuite(suite)) return undefined;
  const named = parameters.split(' ').filter((parameter) => parameter !== '');
  if (!named.every((parameter) => HARMLESS_PARAMETER.test(parameter))) return undefined;
  return { tag: Number(tag), suite, keySalt: new Secret(keySalt) };
}
