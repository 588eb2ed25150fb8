import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KNOWN_SETTINGS } from '#contracts';
import { SettingsError, environmentSchema, readConfig } from './config.ts';

const VALID = {
  DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:5432/callcast',
  REDIS_URL: 'redis://127.0.0.1:6379/0',
  CALLCAST_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  CALLCAST_API_KEY: 'a-key-of-sixteen-or-more',
};

function problemsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe('the settings', () => {
  it('need no more than what has no default', () => {
    const config = readConfig(VALID);

    expect(config.listen).toEqual({ host: '127.0.0.1', port: 3000, wcsPort: 9091 });
    expect(config.api).toMatchObject({
      wcsOpen: 'loopback',
      wcsOrigin: '*',
      allowPrivateTargets: false,
    });
    expect(config.api.apiKey.reveal()).toBe(VALID.CALLCAST_API_KEY);
    expect(config.logLevel).toBe('info');
  });

  it('may be set', () => {
    const config = readConfig({
      ...VALID,
      CALLCAST_HTTP_HOST: '0.0.0.0',
      CALLCAST_HTTP_PORT: '0',
      CALLCAST_WCS_PORT: '65535',
      CALLCAST_WCS_OPEN: 'any',
      CALLCAST_WCS_ORIGIN: 'https://studio.example.com',
      CALLCAST_DASHBOARD_URL: 'https://callcast.example.com',
      CALLCAST_ALLOW_PRIVATE_TARGETS: 'true',
      CALLCAST_LOG_LEVEL: 'silent',
      HOME: '/home/x',
    });

    expect(config.listen).toEqual({ host: '0.0.0.0', port: 0, wcsPort: 65_535 });
    expect(config.api).toMatchObject({ wcsOpen: 'any', allowPrivateTargets: true });
  });

  it('that are empty are not set', () => {
    expect(readConfig({ ...VALID, CALLCAST_HTTP_PORT: '' }).listen.port).toBe(3000);
    expect(problemsOf({ ...VALID, CALLCAST_API_KEY: '' })).toEqual([
      'CALLCAST_API_KEY: must be set',
    ]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://x/y'],
    ['DATABASE_URL', 'nonsense'],
    ['REDIS_URL', 'http://x'],
    ['CALLCAST_SECRET_KEY', 'c2hvcnQ='],
    ['CALLCAST_SECRET_KEY', `${'A'.repeat(42)}!=`],
    ['CALLCAST_API_KEY', 'short'],
    ['CALLCAST_API_KEY', 'with a space in the middle'],
    ['CALLCAST_HTTP_PORT', '65536'],
    ['CALLCAST_HTTP_PORT', '-1'],
    ['CALLCAST_WCS_PORT', '9091x'],
    ['CALLCAST_WCS_OPEN', 'yes'],
    ['CALLCAST_WCS_ORIGIN', 'studio.example.com'],
    ['CALLCAST_WCS_ORIGIN', 'http://a\r\nx: y'],
    ['CALLCAST_DASHBOARD_URL', 'studio.example.com'],
    ['CALLCAST_DASHBOARD_URL', 'https://studio.example.com/path'],
    ['CALLCAST_DASHBOARD_URL', 'https://a:b:c'],
    ['CALLCAST_ALLOW_PRIVATE_TARGETS', '1'],
    ['CALLCAST_LOG_LEVEL', 'loud'],
  ])('refuse %s=%s without repeating it', (name, value) => {
    const problems = problemsOf({ ...VALID, [name]: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
    expect(problems[0]?.slice(name.length)).not.toContain(value);
  });

  it('stop the start for a name that is none, and say which was meant', () => {
    expect(problemsOf({ ...VALID, CALLCAST_HTTP_PROT: '1' })).toEqual([
      'CALLCAST_HTTP_PROT is not a setting; did you mean CALLCAST_HTTP_PORT?',
    ]);
  });

  it('name all problems at once, and no secret', () => {
    const environment = {
      ...VALID,
      CALLCAST_API_KEY: 'hunter2',
      CALLCAST_HTTP_PORT: 'x',
      CALLCAST_APIKEY: 'hunter2',
      REDIS_URL: undefined,
    };

    const problems = problemsOf(environment);

    expect(problems).toHaveLength(4);
    expect(new SettingsError(problems).message).not.toContain('hunter2');
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
  const lines = text.split('\n');
  const names = lines.flatMap((line) => /^(?:# )?([A-Z_]+)=/.exec(line)?.[1] ?? []);

  it('holds every setting once', () => {
    expect([...names].sort()).toEqual([...KNOWN_SETTINGS, 'DATABASE_URL', 'REDIS_URL'].sort());
  });

  it.each(Object.entries(environmentSchema.shape))(
    'says of %s what its schema says',
    (name, field) => {
      const fallback = field.safeParse(undefined);
      const shown = fallback.success ? `# ${name}=${String(fallback.data ?? '')}` : `${name}=`;

      expect(lines).toContain(shown);
      expect(lines[lines.indexOf(shown) - 1]).toBe(`# ${field.description ?? ''}`);
    },
  );
});
