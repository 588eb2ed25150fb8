import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';

const ROOT = new URL('../..', import.meta.url).pathname;

const SETTINGS = [
  '.config',
  '.dependency-cruiser.cjs',
  '.prettierignore',
  'eslint.config.mjs',
  'nest-cli.json',
  'package.json',
  'tsconfig.json',
];
const SOURCES = ['apps', 'bench', 'libs', 'prisma', 'test'];

/** A copy of the house in a folder of its own, in which a test may sin. */
export class HouseCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'callcast-house-'));

  /** @param contents The settings alone, or the sources as well. */
  constructor(contents: 'settings' | 'sources') {
    const names = contents === 'sources' ? [...SETTINGS, ...SOURCES] : SETTINGS;
    for (const name of names) {
      const from = join(ROOT, name);
      if (existsSync(from)) cpSync(from, join(this.folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Runs a program of node_modules in the copy. */
  run(program: string, ...args: string[]): { ok: boolean; output: string } {
    try {
      const path = join(ROOT, 'node_modules', program);
      const output = execFileSync(process.execPath, [path, ...args], {
        cwd: this.folder,
        maxBuffer: 1 << 26,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return { ok: true, output: output.toString() };
    } catch (error) {
      const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
      return { ok: false, output: stdout.toString() + stderr.toString() };
    }
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }
}
