import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PRIVATE = 0o600;
const SECRET_KEY_BYTES = 32;
const API_KEY_BYTES = 24;

/** Reads a key made by an earlier run; makes and keeps it at the first. */
function keptKey(path: string, make: () => string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const key = make();
  writeFileSync(path, `${key}\n`, { mode: PRIVATE, flag: 'wx' });
  return key;
}

/** The bootstrap API key and the key that seals secrets at rest. */
export interface InstanceKeys {
  readonly apiKey: string;
  readonly secretKey: string;
}

/** Keys given in the environment, else those kept in the state folder, readable for this user only. */
export function loadKeys(
  stateFolder: string,
  given: { readonly apiKey: string | undefined; readonly secretKey: string | undefined },
): InstanceKeys {
  mkdirSync(stateFolder, { recursive: true });
  return {
    apiKey:
      given.apiKey ??
      keptKey(join(stateFolder, 'api-key'), () => randomBytes(API_KEY_BYTES).toString('base64url')),
    secretKey:
      given.secretKey ??
      keptKey(join(stateFolder, 'secret-key'), () =>
        randomBytes(SECRET_KEY_BYTES).toString('base64'),
      ),
  };
}
