import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { arePackagesCurrent, nodeProblem, npmCommand } from './packages.mjs';
import { installAdvice, missingPrograms } from './programs.mjs';

const MIN_FREE_BYTES = 2 * 1024 ** 3;

const good = (what) => ({ level: 'ok', what });
const bad = (what, advice) => ({ level: 'missing', what, advice });
const note = (what, advice) => ({ level: 'note', what, advice });

function checkNode(root) {
  const problem = nodeProblem(root);
  return problem === undefined ? good(`Node ${process.versions.node}`) : bad('Node', problem);
}

function checkNpm() {
  const [program, ...first] = npmCommand();
  const { status, stdout } = spawnSync(program, [...first, '--version'], { encoding: 'utf8' });
  return status === 0
    ? good(`npm ${stdout.trim()}`)
    : bad('npm', 'It comes with Node: https://nodejs.org/en/download');
}

function checkPackages(root) {
  if (existsSync(join(root, 'node_modules')) && arePackagesCurrent(root))
    return good('npm packages as in package-lock.json');
  return note('npm packages', 'Not installed as locked; every command installs them (npm ci).');
}

/** Nothing needs it but one codec and one setting. */
function checkNodeAv(root) {
  if (existsSync(join(root, 'node_modules', 'node-av'))) return good('node-av (optional)');
  return note(
    'node-av (optional) is not installed',
    'Speex and CALLCAST_AAC=libav need it, nothing else: npm ci --include=optional.',
  );
}

function checkPrograms(command, what) {
  const missing = missingPrograms(command);
  return missing.length === 0 ? good(what) : bad(what, installAdvice(missing));
}

function checkLoopback() {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) =>
      resolve(bad('free ports on 127.0.0.1', `Cannot listen there: ${error.message}`)),
    );
    server.listen(0, '127.0.0.1', () =>
      server.close(() => resolve(good('free ports on 127.0.0.1'))),
    );
  });
}

/** The usual ports are only a wish: the next free one is taken. */
function checkPort(port, what) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () =>
      resolve(note(`port ${port} (${what}) is taken`, 'The next free one will be used.')),
    );
    server.listen(port, '127.0.0.1', () =>
      server.close(() => resolve(good(`port ${port} (${what}) is free`))),
    );
  });
}

function checkDisk(root) {
  const { bavail, bsize } = statfsSync(root);
  const gigabytes = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`;
  return bavail * bsize >= MIN_FREE_BYTES
    ? good(`disk: ${gigabytes}`)
    : bad(`disk: ${gigabytes}`, 'Packages, build and databases need 2 GiB.');
}

function checkWritable(root) {
  try {
    accessSync(root, constants.W_OK);
    return good('this folder can be written to');
  } catch {
    return bad('this folder cannot be written to', `Make ${root} writable for this user.`);
  }
}

/** PostgreSQL refuses to run as root: another user must exist and be able to come here. */
function checkAccount(root) {
  if (process.getuid?.() !== 0) return good('not root: the servers run as this user');
  const names = readFileSync('/etc/passwd', 'utf8').split('\n');
  const found = ['postgres', 'nobody'].find((name) =>
    names.some((line) => line.startsWith(`${name}:`)),
  );
  if (found === undefined) return bad('a user for the servers', 'Run: adduser --system postgres');
  const closed = closedFolderAbove(root);
  if (closed === undefined) return good(`root: the servers run as user ${found}`);
  return note(
    `user ${found} cannot pass ${closed}`,
    'The data of the servers will be in a private folder in the temporary directory.',
  );
}

function closedFolderAbove(folder) {
  const isPassable = (statSync(folder).mode & 0o001) !== 0;
  if (!isPassable) return folder;
  return folder === dirname(folder) ? undefined : closedFolderAbove(dirname(folder));
}

const LABELS = { ok: 'ok     ', missing: 'MISSING', note: 'note   ' };

function print({ level, what, advice }) {
  console.log(`${LABELS[level]} ${what}`);
  if (advice !== undefined) console.log(advice.replace(/^/gm, '          '));
}

/** Looks, changes nothing, and says how to get what is missing. */
export async function runDoctor(root) {
  const findings = [
    checkNode(root),
    checkNpm(),
    checkPackages(root),
    checkNodeAv(root),
    checkPrograms('start', 'servers for npm start and npm run dev'),
    checkPrograms('demo', 'programs for npm run demo and npm run bench'),
    checkPrograms('test', 'programs for npm test'),
    checkAccount(root),
    checkWritable(root),
    checkDisk(root),
    await checkLoopback(),
    await checkPort(3000, 'API'),
    await checkPort(9091, 'WCS dialect'),
    await checkPort(5060, 'SIP'),
  ];
  findings.forEach(print);
  const missing = findings.filter(({ level }) => level === 'missing').length;
  console.log(missing === 0 ? '\nReady.' : `\n${missing} missing.`);
  return missing === 0 ? 0 : 1;
}
