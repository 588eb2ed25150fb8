import { existsSync, readFileSync } from 'node:fs';

/** The folder of the package lies a few folders above this file, compiled or not. */
const MAX_LEVELS = 8;

/** The version of this program, as its package says. */
export function ownVersion(): string {
  for (let level = 0, at = new URL('.', import.meta.url); level < MAX_LEVELS; level++) {
    const file = new URL('package.json', at);
    if (existsSync(file)) {
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: string };
      return version ?? '';
    }
    at = new URL('..', at);
  }
  return '';
}
