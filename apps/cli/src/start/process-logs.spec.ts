import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogLine } from './log-line.ts';
import { ProcessLogs } from './process-logs.ts';

const MAX_BYTES = 1000;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-spec-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function line(event: string): LogLine {
  return { level: 'info', event, time: '2026-01-02T03:04:05.678Z', fields: {} };
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

describe('ProcessLogs', () => {
  it('keeps the newest lines in two files of bounded size', () => {
    const logs = new ProcessLogs(folder, 'error', MAX_BYTES);

    for (let n = 1; n <= 500; n++) logs.take('api', line(`event-${n}.`));
    logs.close();

    expect(statSync(join(folder, 'api.log')).size).toBeLessThanOrEqual(MAX_BYTES);
    expect(statSync(join(folder, 'api.log.1')).size).toBeLessThanOrEqual(MAX_BYTES);
    const kept = `${read('api.log.1')}${read('api.log')}`.match(/event-\d+/g) ?? [];
    const first = 500 - kept.length + 1;
    expect(kept).toEqual(kept.map((_, index) => `event-${first + index}`));
    expect(`${read('api.log.1')}${read('api.log')}`.length).toBeGreaterThan(MAX_BYTES);
  });

  it('gives every process a file, and none an older one before it is full', () => {
    const logs = new ProcessLogs(folder, 'error', MAX_BYTES);

    logs.take('api', line('one'));
    logs.take('worker-1', line('two'));
    logs.close();

    expect(read('api.log')).toContain('one');
    expect(read('worker-1.log')).toContain('two');
    expect(existsSync(join(folder, 'api.log.1'))).toBe(false);
  });

  it('begins without the lines of the run before', () => {
    writeFileSync(join(folder, 'api.log'), 'before\n');
    writeFileSync(join(folder, 'api.log.1'), 'long before\n');
    const logs = new ProcessLogs(folder, 'error', MAX_BYTES);

    logs.take('api', line('now'));
    logs.close();

    expect(read('api.log')).not.toContain('before');
    expect(existsSync(join(folder, 'api.log.1'))).toBe(false);
  });

  it('cuts a line that is longer than a file', () => {
    const logs = new ProcessLogs(folder, 'error', MAX_BYTES);

    logs.take('api', line('x'.repeat(5 * MAX_BYTES)));
    logs.close();

    expect(statSync(join(folder, 'api.log')).size).toBe(MAX_BYTES);
  });

  it('goes on when nothing can be written', () => {
    const logs = new ProcessLogs(folder, 'error', MAX_BYTES);
    rmSync(folder, { recursive: true });

    expect(() => {
      logs.take('api', line('lost'));
      logs.close();
    }).not.toThrow();
  });
});
