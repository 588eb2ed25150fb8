import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCa } from './certificates.ts';

describe('the certificate authority of the tests', () => {
  let folder = '';
  let ca: TestCa;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callcast-ca-'));
    ca = await TestCa.create(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('issues certificates for names and addresses', async () => {
    const issued = await ca.issue({ names: ['*.example.com'], addresses: ['127.0.0.1', '::1'] });

    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
    expect(certificate.checkHost('sip.example.com')).toBe('*.example.com');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.ca).toBe(false);
  });

  it('issues certificates that have ended', async () => {
    const { certificate } = await ca.issue({ names: ['localhost'], isExpired: true });

    expect(Date.parse(new X509Certificate(certificate).validTo)).toBeLessThan(
      Date.parse(new X509Certificate(ca.certificate).validFrom),
    );
  });
});
