import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeFileSchema } from '#contracts';
import { UsageError } from '../arguments.ts';

/** Where the API is, and the key to it. */
export interface ApiAddress {
  readonly url: string;
  readonly apiKey: string;
}

/** What the settings of a client are read from. */
export interface SettingSources {
  readonly url: string | undefined;
  readonly keyFile: string | undefined;
  /** The repository: a Callcast that runs there says how it is reached. */
  readonly root: string;
}

/** The first line of a file. @throws UsageError when it cannot be read. */
function readFirstLine(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    return text.split('\n', 1)[0]?.trim() ?? '';
  } catch (error) {
    throw new UsageError(`${file} cannot be read${reason(error)}`);
  }
}

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';

/** Empty is not set. */
const filled = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function readRuntime(root: string): ApiAddress | undefined {
  try {
    const text = readFileSync(join(root, '.callcast', 'runtime.json'), 'utf8');
    const { apiUrl, apiKey } = runtimeFileSchema.parse(JSON.parse(text));
    return { url: apiUrl, apiKey };
  } catch {
    return undefined; // Nothing runs there.
  }
}

/**
 * Options come first, then the environment, then what runs in this repository. The key of what runs here is given to
 * nobody else.
 *
 * @throws UsageError when the address or the key is missing.
 */
export function readApiAddress(
  { url: givenUrl, keyFile, root }: SettingSources,
  environment: NodeJS.ProcessEnv = process.env,
): ApiAddress {
  const named = givenUrl ?? filled(environment['CALLCAST_URL']);
  const givenKey =
    keyFile === undefined ? filled(environment['CALLCAST_API_KEY']) : readFirstLine(keyFile);
  const running = named === undefined ? readRuntime(root) : undefined;
  const url = named ?? running?.url;
  if (url === undefined)
    throw new UsageError('which Callcast? Nothing runs here; set CALLCAST_URL or give --url');
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(
      '--url and CALLCAST_URL take an address that begins with http:// or https://',
    );
  const apiKey = givenKey ?? running?.apiKey;
  if (apiKey === undefined || !/^[\x21-\x7e]+$/.test(apiKey))
    throw new UsageError('the API key is missing: set CALLCAST_API_KEY or give --key-file');
  return { url, apiKey };
}

/** Secrets of hooks. @throws UsageError when there is none. */
export function readHookSecrets(
  file: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): readonly string[] {
  const text =
    file === undefined ? (environment['CALLCAST_HOOK_SECRETS'] ?? '') : readFirstLine(file);
  const secrets = text
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  if (secrets.length === 0)
    throw new UsageError(
      'the secret of the hook is missing: give --secret-file or set CALLCAST_HOOK_SECRETS',
    );
  return secrets;
}
