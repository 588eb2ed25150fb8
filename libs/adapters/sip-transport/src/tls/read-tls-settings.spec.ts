import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { TestCa } from '#testkit';
import { readTlsSettings } from './read-tls-settings.ts';

describe('the TLS settings', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callcast-tls-settings-'));
    const ca = await TestCa.create(folder);
    await ca.issue({ names: ['localhost'] });
    await ca.issue({ names: ['localhost'] });
    await writeFile(join(folder, 'empty.pem'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (content: unknown) => {
    const file = join(folder, 'tls.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return readTlsSettings(file);
  };
  const problemOf = async (content: unknown): Promise<string> =>
    await read(content).then(
      () => 'none',
      (error: unknown) => (error instanceof Fault ? error.detail : String(error)),
    );

  it('take the files beside them, and keep the keys to themselves', async () => {
    const pair = { certificate: 'issued-1.pem', key: 'issued-1.key' };

    const options = await read({
      listen: { ...pair, ca: 'ca.pem', requireClientCertificate: true },
      peers: [{ domains: ['*.Example.COM'], ca: 'ca.pem', ...pair, minVersion: 'TLSv1.3' }],
    });

    expect(options.listen).toMatchObject({ port: 5061 });
    expect(options.listen?.clientCa).toContain('BEGIN CERTIFICATE');
    expect(options.peers[0]).toMatchObject({ domains: ['*.example.com'], minVersion: 'TLSv1.3' });
    expect(options.peers[0]?.identity?.key.reveal()).toContain('PRIVATE KEY');
    expect(JSON.stringify(options)).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['no JSON', '{ "peers": secret', /tls\.json: is no JSON$/],
    ['a word that is none of ours', { peer: [] }, /tls\.json: peer: is not a known field$/],
    [
      'a way around the check',
      { peers: [{ domains: ['x'], rejectUnauthorized: false }] },
      /peers\.0\.rejectUnauthorized: is not a known field$/,
    ],
    [
      'a key without a certificate',
      { peers: [{ domains: ['x'], key: 'issued-1.key' }] },
      /peers\.0\.key: goes together with certificate/,
    ],
    ['no domains', { peers: [{ domains: [] }] }, /peers\.0\.domains/],
    [
      'a file that is missing',
      { peers: [{ domains: ['x'], ca: 'gone.pem' }] },
      /^peers\.0\.ca: gone\.pem: there is no such file$/,
    ],
    [
      'a file without a certificate',
      { peers: [{ domains: ['x'], ca: 'empty.pem' }] },
      /^peers\.0\.ca: empty\.pem: does not hold what it should, as PEM$/,
    ],
    [
      'the key of another certificate',
      { listen: { certificate: 'issued-1.pem', key: 'issued-2.key' } },
      /^listen\.key: issued-2\.key: is not the key of the certificate$/,
    ],
    [
      'client certificates of anybody',
      {
        listen: {
          certificate: 'issued-1.pem',
          key: 'issued-1.key',
          requireClientCertificate: true,
        },
      },
      /listen\.ca: goes together with requireClientCertificate/,
    ],
  ])('are refused with %s', async (_what, content, problem) => {
    expect(await problemOf(content)).toMatch(problem);
  });

  it('are refused when there is no such file', () => {
    expect(() => readTlsSettings(join(folder, 'none.json'))).toThrow(Fault);
  });
});
