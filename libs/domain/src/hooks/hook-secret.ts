/** What a secret of a hook begins with, in Standard Webhooks. */
export const HOOK_SECRET_PREFIX = 'whsec_';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/**
 * Whether a text is a secret that hooks can be signed with: `whsec_` and 24 to 64 bytes in base64.
 *
 * @see Standard Webhooks, "Signature scheme"
 */
export function isHookSecret(text: string): boolean {
  const encoded = text.slice(HOOK_SECRET_PREFIX.length);
  if (!text.startsWith(HOOK_SECRET_PREFIX) || !BASE64.test(encoded)) return false;
  const padding = encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0;
  const byteCount = (encoded.length / 4) * 3 - padding;
  return byteCount >= MIN_BYTES && byteCount <= MAX_BYTES;
}
