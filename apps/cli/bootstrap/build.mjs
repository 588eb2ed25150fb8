import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './packages.mjs';
import { quietly, run } from './steps.mjs';

const SOURCES = ['apps', 'libs', 'bench', 'prisma', '.config'];
const SINGLE_FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'prisma.config.ts'];
const LEFT_OUT = new Set(['node_modules', 'dist', 'generated']);
const IRRELEVANT = /(\.spec\.tsx?|\.md|\.wasm)$/;

function* filesUnder(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) yield* filesUnder(path);
    else if (entry.isFile() && !IRRELEVANT.test(entry.name)) yield path;
  }
}

/** One hash over everything that decides what is built. */
function hashSources(root) {
  const hash = createHash('sha256');
  const folders = SOURCES.map((name) => join(root, name)).filter((path) => existsSync(path));
  const singles = SINGLE_FILES.map((name) => join(root, name)).filter((path) => existsSync(path));
  for (const path of [...singles, ...folders.flatMap((folder) => [...filesUnder(folder)])]) {
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Builds dist unless it was built from exactly these sources. */
export async function ensureBuilt(root) {
  const stampPath = join(root, 'dist', '.callcast-build');
  const hash = hashSources(root);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === hash) return;
  const [program, ...first] = npmCommand();
  await quietly(root, 'building', () =>
    run(program, [...first, 'run', '--silent', 'build'], { cwd: root }),
  );
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stampPath, hash);
}
