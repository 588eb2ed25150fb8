import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FailedStep, quietly, run } from './steps.mjs';

/** Refuses a Node too old for the packages, in words instead of a syntax error deep inside them. */
export function checkNodeVersion(root) {
  const problem = nodeProblem(root);
  if (problem !== undefined) throw new FailedStep(problem);
}

/** What is wrong with this Node, if anything. */
export function nodeProblem(root) {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
  const [major, minor] = wanted.match(/\d+/g).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return undefined;
  return `Node ${process.versions.node} is too old: Callcast needs ${wanted}. See https://nodejs.org/en/download`;
}

/** The npm that started us, else the one on the PATH. */
export function npmCommand() {
  const path = process.env.npm_execpath;
  return path?.endsWith('npm-cli.js') ? [process.execPath, path] : ['npm'];
}

/** True when every package of the lock file is in node_modules in the locked version. */
export function arePackagesCurrent(root) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lockText).digest('hex');
  const stampPath = join(root, 'node_modules', '.callcast-lock');
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === hash) return true;
  if (!matchesInstalled(root, JSON.parse(lockText))) return false;
  writeFileSync(stampPath, hash);
  return true;
}

/** npm notes what it installed; packages for other platforms are rightly absent. */
function matchesInstalled(root, lock) {
  const path = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(path)) return false;
  const installed = JSON.parse(readFileSync(path, 'utf8')).packages;
  return Object.entries(lock.packages).every(([name, entry]) => {
    if (name === '') return true;
    const found = installed[name];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && existsSync(join(root, name));
  });
}

/**
 * The binaries of the compiler and the test runner for this machine that are not there. npm knows them as optional packages
 * too, so that `npm ci --omit=optional` leaves out more than what can be done without.
 */
function missingToolBinaries(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { glibcVersionRuntime } = process.report.getReport().header;
  const libc = glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return Object.entries(packages)
    .filter(([, entry]) => entry.optional && entry.dev)
    .filter(([, { os, cpu }]) => os?.includes(process.platform) && cpu?.includes(process.arch))
    .filter(
      ([name, entry]) => entry.libc?.includes(libc) !== false && !existsSync(join(root, name)),
    )
    .map(
      ([name, { version }]) => `${name.slice(name.lastIndexOf('node_modules/') + 13)}@${version}`,
    );
}

/** Installs the locked packages unless they are there. */
export async function ensurePackages(root) {
  const [program, ...first] = npmCommand();
  if (arePackagesCurrent(root)) {
    const tools = missingToolBinaries(root);
    if (tools.length === 0) return;
    const args = [
      ...first,
      'install',
      '--no-save',
      '--omit=optional',
      '--loglevel=error',
      ...tools,
    ];
    await quietly(root, 'installing the tools for this machine', () =>
      run(program, args, { cwd: root }),
    );
    return;
  }
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--loglevel=error'];
  await quietly(root, 'installing npm packages (npm ci)', () => run(program, args, { cwd: root }));
  if (!arePackagesCurrent(root))
    throw new FailedStep('npm ci ended well, but packages of package-lock.json are missing');
}
