import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { randomHex, systemRandom } from '#foundation';
import type { Secret } from '#foundation';

/** 256 bits. */
const TOKEN_BYTES = 32;

/** Makes the token of a session. */
export const newSessionToken = (): string => randomHex(systemRandom, TOKEN_BYTES);

/** Whether a text has the shape of a token. */
export const isSessionToken = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** What is stored of a token. */
export const tokenHashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** What every request of a session that changes something must repeat: a page of another site cannot read it. */
export const csrfTokenOf = (token: string): string =>
  createHmac('sha256', token).update('callcast csrf').digest('base64url');

/** Hashed first, so that neither the content nor the length shows in the time it takes. */
export const isCsrfTokenOf = (token: string, given: string): boolean =>
  timingSafeEqual(tokenHashOf(given), tokenHashOf(csrfTokenOf(token)));

/** Ties a session to the bootstrap key. Who has only the hash of the token cannot try keys with it. */
export const bootstrapMarkOf = (token: string, apiKey: Secret): Buffer =>
  createHmac('sha256', apiKey.reveal()).update(`callcast session ${token}`).digest();
