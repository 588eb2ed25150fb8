import { createHash } from 'node:crypto';
import type { CallId } from '#domain';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 26;

/** The id of the event that tells a fact: the same for the same fact, so that it can be stored once only. */
export function factId(call: CallId, key: string): string {
  const bytes = createHash('sha256').update(`${call}\n${key}`).digest();
  const letters = Array.from(bytes.subarray(0, LENGTH), (byte) => ALPHABET[byte & 31]);
  return `evt_${letters.join('')}`;
}

/** Whether an error says that there is such an event. */
export const isTold = (error: unknown): boolean =>
  error instanceof Error &&
  (error.cause as { readonly constraint?: unknown } | undefined)?.constraint === 'events_pkey';
