import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KNOWN_SETTINGS } from '#contracts';

const ROOT = new URL('../..', import.meta.url).pathname;

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly container_name?: string;
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as { services: Readonly<Record<string, ComposeService>> };

const ours = Object.entries(services).filter(([, service]) => service.build !== undefined);

describe('docker-compose.yml', () => {
  it('has every process of the house', () => {
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining(['postgres', 'redis', 'signaling', 'api', 'worker', 'rtmp']),
    );
  });

  it.each(ours)('starts %s from a program that exists', (_, service) => {
    const [node, ...args] = service.command ?? [];
    const program = args.find((arg) => !arg.startsWith('--'));
    const source = (program ?? '').replace(/^dist\//, '').replace(/\.js$/, '.ts');

    expect(node).toBe('node');
    expect(existsSync(join(ROOT, source))).toBe(true);
    expect(existsSync(join(ROOT, service.build?.dockerfile ?? ''))).toBe(true);
  });

  it.each(ours)('gives %s no setting that is unknown', (_, service) => {
    const names = Object.keys(service.environment ?? {}).filter((name) =>
      name.startsWith('CALLCAST_'),
    );

    expect(names.filter((name) => !(KNOWN_SETTINGS as readonly string[]).includes(name))).toEqual(
      [],
    );
  });

  it('can scale the worker: nothing of it is there only once', () => {
    const { worker } = services;

    expect(worker?.container_name).toBeUndefined();
    expect(worker?.ports).toBeUndefined();
  });

  it('holds no secret of its own', () => {
    const secrets = ours.flatMap(([, service]) =>
      Object.entries(service.environment ?? {}).filter(([name]) =>
        /KEY|SECRET|PASSWORD/.test(name),
      ),
    );

    expect(secrets.length).toBeGreaterThan(0);
    for (const [, value] of secrets) expect(String(value)).toMatch(/^\$\{[A-Z_]+:(\?|-\})/);
  });

  it('depends only on services that exist', () => {
    const wanted = Object.values(services).flatMap((service) =>
      Object.keys(service.depends_on ?? {}),
    );

    expect(wanted.filter((name) => !(name in services))).toEqual([]);
  });

  it('opens control ports and stores on loopback only', () => {
    const published = Object.values(services).flatMap((service) => service.ports ?? []);
    const inner = published.filter((port) => /(?:5432|6379|9022)$/.test(port));

    expect(inner).toHaveLength(3);
    for (const port of inner) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});
