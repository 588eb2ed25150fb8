import type { Event } from '../openapi/schemas.ts';

/** Why a delivery is not to be believed. */
export type HookProblem =
  'headerMissing' | 'timestampInvalid' | 'tooOld' | 'tooNew' | 'secretInvalid' | 'signatureWrong';

const PROBLEM_TEXTS: Readonly<Record<HookProblem, string>> = {
  headerMissing: 'webhook-id, webhook-timestamp or webhook-signature is missing',
  timestampInvalid: 'webhook-timestamp is not a number of seconds',
  tooOld: 'it was sent too long ago: is the clock of this machine right?',
  tooNew: 'it was sent in the future: is the clock of this machine right?',
  secretInvalid: 'a secret is none: it begins with whsec_ and goes on in base64',
  signatureWrong: 'no signature fits: another secret, or the body is not as it was sent',
};

/** A delivery cannot be believed. Answer it with 400. */
export class HookError extends Error {
  override readonly name = 'HookError';

  constructor(readonly problem: HookProblem) {
    super(PROBLEM_TEXTS[problem]);
  }
}

/** Headers of a request: of `fetch`, of Node's `http`, or of any framework. */
export type HookHeaders =
  Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How strict to be. */
export interface VerifyOptions {
  /** How far the clocks may be apart, in seconds. Default: 300. */
  readonly toleranceSeconds?: number;
  /** Default: that of the machine. */
  readonly now?: Date;
}

const TOLERANCE_SECONDS = 300;
const SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;
/** Nobody signs with more. */
const MOST_SIGNATURES = 16;

function headerOf(headers: HookHeaders, name: string): string {
  const found =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const value = Array.isArray(found) ? (found as readonly string[]).join(' ') : found;
  if (typeof value !== 'string' || value === '') throw new HookError('headerMissing');
  return value;
}

function checkTime(text: string, { toleranceSeconds, now }: VerifyOptions): void {
  if (!/^\d{1,12}$/.test(text)) throw new HookError('timestampInvalid');
  const ageSeconds = (now ?? new Date()).getTime() / 1000 - Number(text);
  const tolerance = toleranceSeconds ?? TOLERANCE_SECONDS;
  if (ageSeconds > tolerance) throw new HookError('tooOld');
  if (ageSeconds < -tolerance) throw new HookError('tooNew');
}

/** @returns undefined for text that is no base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

function keyOf(secret: string): Promise<HmacKey> {
  const bytes = bytesOf(SECRET.exec(secret)?.[1] ?? '');
  if (bytes === undefined || bytes.length === 0) throw new HookError('secretInvalid');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
}

/** `id.timestamp.body`: what was signed. */
function signedBytes(head: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const start = encoder.encode(head);
  const end = typeof body === 'string' ? encoder.encode(body) : body;
  const bytes = new Uint8Array(start.length + end.length);
  bytes.set(start);
  bytes.set(end, start.length);
  return bytes;
}

/**
 * Makes sure that a delivery comes from Callcast, is as it was sent, and was sent just now (Standard Webhooks).
 * The comparison is the platform's own, which takes the same time for every wrong signature.
 *
 * ```ts
 * const event = await verifyHook(body, request.headers, process.env.HOOK_SECRET);
 * ```
 *
 * @param body The bytes or the text exactly as they came; not parsed and written again.
 * @param secrets The secret of the endpoint; while it is being changed the old one too.
 * @returns The event. The same one may come more than once: its `id` tells.
 * @throws HookError when it is not to be believed.
 */
export async function verifyHook(
  body: string | Uint8Array,
  headers: HookHeaders,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<Event> {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature').split(' ').slice(0, MOST_SIGNATURES);
  checkTime(timestamp, options);
  const keys = await Promise.all([secrets].flat().map(keyOf));
  const signed = signedBytes(`${id}.${timestamp}.`, body);
  const checks = signatures
    .map((signature) => (signature.startsWith('v1,') ? bytesOf(signature.slice(3)) : undefined))
    .filter((bytes) => bytes !== undefined)
    .flatMap((bytes) => keys.map((key) => crypto.subtle.verify('HMAC', key, bytes, signed)));
  if (!(await Promise.all(checks)).includes(true)) throw new HookError('signatureWrong');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  return JSON.parse(text) as Event;
}
