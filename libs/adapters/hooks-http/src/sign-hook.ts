import { createHmac } from 'node:crypto';
import { HOOK_SECRET_PREFIX, isHookSecret } from '#domain';
import { Secret, invariant } from '#foundation';
import type { RandomSource } from '#foundation';

const NEW_SECRET_BYTES = 32;

/** What is signed. */
export interface HookMessage {
  /** The same at every attempt: receivers know by it what they have had. */
  readonly id: string;
  /** When this attempt is made, by our clock: receivers refuse what is minutes away from theirs. */
  readonly at: Date;
  /** Exactly the bytes that are sent. */
  readonly body: Uint8Array;
  /** The newest first; during a rotation the one before it too. */
  readonly secrets: readonly Secret[];
}

/** A new secret for an endpoint. */
export const newHookSecret = (random: RandomSource): Secret =>
  new Secret(
    `${HOOK_SECRET_PREFIX}${Buffer.from(random.bytes(NEW_SECRET_BYTES)).toString('base64')}`,
  );

function signatureOf(head: string, body: Uint8Array, secret: Secret): string {
  const text = secret.reveal();
  invariant(isHookSecret(text), 'a hook is signed with a secret of Standard Webhooks');
  const key = Buffer.from(text.slice(HOOK_SECRET_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`;
}

/**
 * The headers that prove a message: HMAC-SHA256 over `id.timestamp.body`, one signature for each secret.
 *
 * @see Standard Webhooks, "Signature scheme" and "Webhook headers"
 */
export function signHook({ id, at, body, secrets }: HookMessage): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => signatureOf(`${id}.${timestamp}.`, body, secret));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
