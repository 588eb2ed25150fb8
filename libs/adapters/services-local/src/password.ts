import { randomBytes } from 'node:crypto';

const PASSWORD_BYTES = 24;

/** A new random password, of hex digits only: it needs no escaping in addresses, SQL and settings. */
export function makePassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('hex');
}
