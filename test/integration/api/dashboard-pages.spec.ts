import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { SCRIPT, makeDashboard } from './dashboard-folder.ts';

const ASSET = '/dashboard/assets/index-0a1b2c3d.js';

let dashboard: Awaited<ReturnType<typeof makeDashboard>>;
let world: ApiWorld;
let unbuilt: ApiWorld;
beforeAll(async () => {
  dashboard = await makeDashboard();
  world = await openWorld({ settings: { dashboardFolder: dashboard.folder } });
  unbuilt = await openWorld({ databaseUrl: world.databaseUrl });
});
afterAll(async () => {
  await unbuilt.close();
  await world.close();
  await dashboard.remove();
});

/** The bytes of an answer as they come, from a path as it is written. */
async function asked(path: string, headers: Record<string, string> = {}) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { hostname, port } = new URL(world.url);
    get({ hostname, port, path, headers }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(chunks) };
}

describe('the page', () => {
  it.each(['/dashboard', '/dashboard/', '/dashboard/calls/call_01', '/dashboard/index.html'])(
    'is answered at %s, with a nonce of its own and a strict policy',
    async (path) => {
      const [one, two] = [await asked(path), await asked(path)];

      expect([one.status, one.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      const [, nonce = ''] = /content="([\w+/=]{24})"/.exec(one.bytes.toString()) ?? [];
      expect(nonce).not.toBe('');
      expect(two.bytes.toString()).not.toContain(nonce);
      const policy = String(one.headers['content-security-policy']);
      expect(policy.split('; ')).toEqual([
        "default-src 'none'",
        "script-src 'self'",
        `style-src 'self' 'nonce-${nonce}'`,
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ]);
      expect(one.headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(one.headers['permissions-policy']).toContain('microphone=()');
    },
  );

  it('is where the address alone leads, and the description is where it was not built', async () => {
    const built = await world.bare.get('/').expect(302);
    const none = await unbuilt.bare.get('/').expect(302);

    expect([built.headers['location'], none.headers['location']]).toEqual(['/dashboard', '/docs']);
  });

  it('that was not built is a problem that says so', async () => {
    for (const path of ['/dashboard', '/dashboard/calls', ASSET]) {
      const { body } = await unbuilt.bare.get(path).expect(404);
      expect(problemSchema.strict().parse(body)).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
      expect(body.detail).toContain('not built');
    }
  });
});

describe('a file of the page', () => {
  it.each([
    ['br', 'gzip, deflate, br', brotliDecompressSync],
    ['gzip', 'gzip;q=1.0, br;q=0', gunzipSync],
    [undefined, 'identity', (bytes: Buffer) => bytes],
  ] as const)('is sent packed as %s', async (packing, accepted, unpack) => {
    const { status, headers, bytes } = await asked(ASSET, { 'accept-encoding': accepted });

    expect(status).toBe(200);
    expect(headers['content-encoding']).toBe(packing);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    expect(unpack(bytes).toString()).toBe(SCRIPT);
    if (packing !== undefined) expect(bytes.length).toBeLessThan(SCRIPT.length / 10);
  });

  it('is not sent again to a browser that has it', async () => {
    const { headers } = await asked(ASSET, { 'accept-encoding': 'br' });
    const known = { 'accept-encoding': 'br', 'if-none-match': headers.etag ?? '' };
    const again = await asked(ASSET, known);
    const otherwise = await asked(ASSET, { ...known, 'accept-encoding': 'gzip' });

    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    expect(otherwise.status).toBe(200);
  });

  it('whose name says nothing of its content is asked for again', async () => {
    const { headers } = await asked('/dashboard/icon.svg');

    expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'content-type': 'image/svg+xml' });
  });

  it('is told without its bytes to HEAD', async () => {
    const file = await world.bare.head(ASSET).expect(200);
    const page = await world.bare.head('/dashboard/calls').expect(200);

    expect(file.headers['etag']).toBeDefined();
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it.each([
    '/dashboard/secret.txt',
    '/dashboard/../secret.txt',
    '/dashboard/%2e%2e/secret.txt',
    '/dashboard/..%2fsecret.txt',
    '/dashboard/..%5csecret.txt',
    '/dashboard/assets/..%2f..%2f..%2fsecret.txt',
    '/dashboard/assets/index-0a1b2c3d.js%00.txt',
    '/dashboard//secret.txt',
    '/dashboard/nothing-0a1b2c3d.js',
    '/dashboard/%2fetc%2fpasswd.txt',
  ])('that is none is not there: %s', async (path) => {
    const { status, bytes } = await asked(path);

    expect([400, 404]).toContain(status);
    expect(bytes.toString()).not.toContain('beside');
  });
});
