import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../arguments.ts';
import { readApiAddress, readHookSecrets } from './config.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'callcast-control-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function runHere(): void {
  mkdirSync(join(root, '.callcast'));
  const runtime = {
    ...{ apiUrl: 'http://127.0.0.1:3000', wcsUrl: 'http://127.0.0.1:9091', apiKey: 'local-key' },
    ...{ databaseUrl: '', redisUrl: '', drachtio: { host: '', port: 1, secret: '' } },
    ...{ sip: { host: '', port: 1 }, pids: {} },
  };
  writeFileSync(join(root, '.callcast', 'runtime.json'), JSON.stringify(runtime));
}

const read = (
  environment: NodeJS.ProcessEnv,
  options: { readonly url?: string; readonly keyFile?: string } = {},
) => readApiAddress({ url: options.url, keyFile: options.keyFile, root }, environment);

describe('the address of the API', () => {
  it('is that of the Callcast that runs here', () => {
    runHere();

    expect(read({})).toEqual({ url: 'http://127.0.0.1:3000', apiKey: 'local-key' });
  });

  it('comes from the environment, and before that from the options', () => {
    const file = join(root, 'key');
    writeFileSync(file, 'key-of-the-file\n');
    const environment = { CALLCAST_URL: 'https://env', CALLCAST_API_KEY: 'key-of-env' };

    expect(read(environment)).toEqual({ url: 'https://env', apiKey: 'key-of-env' });
    expect(read(environment, { url: 'http://option', keyFile: file })).toEqual({
      url: 'http://option',
      apiKey: 'key-of-the-file',
    });
  });

  it('elsewhere is never given the key of what runs here', () => {
    runHere();

    expect(() => read({ CALLCAST_URL: 'https://elsewhere' })).toThrow('the API key is missing');
  });

  it.each([
    [{}, 'which Callcast'],
    [{ CALLCAST_URL: '' }, 'which Callcast'],
    [{ CALLCAST_URL: 'ftp://host', CALLCAST_API_KEY: 'k' }, 'http:// or https://'],
    [{ CALLCAST_URL: 'http://host' }, 'the API key is missing'],
    [{ CALLCAST_URL: 'http://host', CALLCAST_API_KEY: 'a b' }, 'the API key is missing'],
  ])('that is missing or wrong is said: %j', (environment, says) => {
    expect(() => read(environment)).toThrow(UsageError);
    expect(() => read(environment)).toThrow(says);
  });

  it('is not found in a file that is not there', () => {
    expect(() => read({ CALLCAST_URL: 'http://host' }, { keyFile: join(root, 'no') })).toThrow(
      'cannot be read (ENOENT)',
    );
  });
});

describe('secrets of hooks', () => {
  it('come with commas between, from the environment or a file', () => {
    const file = join(root, 'secrets');
    writeFileSync(file, 'whsec_c\n');
    const environment = { CALLCAST_HOOK_SECRETS: 'whsec_a, whsec_b' };

    expect(readHookSecrets(undefined, environment)).toEqual(['whsec_a', 'whsec_b']);
    expect(readHookSecrets(file, environment)).toEqual(['whsec_c']);
    expect(() => readHookSecrets(undefined, {})).toThrow(UsageError);
  });
});
