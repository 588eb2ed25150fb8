import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRtmpTrust } from './read-trust.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-trust-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file of authorities', () => {
  it.each([
    { name: 'is not there', file: 'missing.pem', problem: 'there is no such file' },
    { name: 'holds no certificate', file: 'empty.pem', problem: 'holds no certificate' },
    { name: 'holds a broken one', file: 'broken.pem', problem: 'holds a broken certificate' },
  ])('is told of when it $name', ({ file, problem }) => {
    writeFileSync(join(folder, 'empty.pem'), '# nothing\n');
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    writeFileSync(join(folder, 'broken.pem'), broken);
    const problems: string[] = [];

    readRtmpTrust(join(folder, file), problems);

    expect(problems).toEqual([`CALLCAST_RTMP_CA: ${join(folder, file)}: ${problem}`]);
  });

  it('need not be there', () => {
    const problems: string[] = [];

    expect(readRtmpTrust(undefined, problems)).toBeUndefined();
    expect(problems).toEqual([]);
  });
});
