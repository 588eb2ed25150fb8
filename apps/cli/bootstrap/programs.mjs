import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { FailedStep, quietly, run, tail } from './steps.mjs';

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const POSTGRES = '/usr/lib/postgresql';
const RTMP_MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function hasProgram(name) {
  return FOLDERS.some((folder) => isExecutable(join(folder, name)));
}

function hasPostgres() {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES) : [];
  return (
    hasProgram('initdb') ||
    versions.some((version) => isExecutable(join(POSTGRES, version, 'bin', 'initdb')))
  );
}

/** Debian has its modules in a folder per architecture. */
function hasKamailioTls() {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return ['', ...folders].some((folder) =>
    existsSync(join('/usr/lib', folder, 'kamailio/modules/tls.so')),
  );
}

const SERVICES = [
  {
    name: 'PostgreSQL server',
    why: 'keeps the calls',
    debian: 'postgresql',
    insteadOf: 'DATABASE_URL',
    isThere: hasPostgres,
  },
  {
    name: 'redis-server',
    why: 'carries the queue',
    debian: 'redis-server',
    insteadOf: 'REDIS_URL',
    isThere: () => hasProgram('redis-server') || hasProgram('valkey-server'),
  },
];

/** The other ends of a call: the demo and the benchmarks have them too. */
const CALL_RIG = [
  { name: 'sipp', why: 'is called', debian: 'sip-tester', isThere: () => hasProgram('sipp') },
  { name: 'nginx', why: 'takes the stream', debian: 'nginx', isThere: () => hasProgram('nginx') },
  {
    name: 'nginx RTMP module',
    why: 'takes the stream',
    debian: 'libnginx-mod-rtmp',
    isThere: () => existsSync(RTMP_MODULE),
  },
  {
    name: 'ffmpeg and ffprobe',
    why: 'reads the stream back',
    debian: 'ffmpeg',
    isThere: () => hasProgram('ffmpeg') && hasProgram('ffprobe'),
  },
  { name: 'espeak-ng', why: 'speaks', debian: 'espeak-ng', isThere: () => hasProgram('espeak-ng') },
];

/** What the tests have besides. */
const TEST_RIG = [
  {
    name: 'kamailio',
    why: 'registers and routes',
    debian: 'kamailio',
    isThere: () => hasProgram('kamailio'),
  },
  {
    name: 'TLS module of kamailio',
    why: 'routes over TLS',
    debian: 'kamailio-tls-modules',
    isThere: hasKamailioTls,
  },
  {
    name: 'baresip',
    why: 'is called',
    debian: 'baresip-core',
    isThere: () => hasProgram('baresip'),
  },
  { name: 'faad', why: 'decodes', debian: 'faad', isThere: () => hasProgram('faad') },
  {
    name: 'chromium',
    why: 'plays the stream',
    debian: 'chromium',
    isThere: () => hasProgram('chromium'),
  },
  {
    name: 'openssl',
    why: 'makes certificates',
    debian: 'openssl',
    isThere: () => hasProgram('openssl'),
  },
];

const CALL = [...SERVICES, ...CALL_RIG];
const NEEDS = { start: SERVICES, dev: SERVICES, build: [], demo: CALL, bench: CALL };

/** The programs that a command needs and this machine lacks. */
export function missingPrograms(command) {
  const needs = NEEDS[command] ?? [...CALL, ...TEST_RIG];
  return needs.filter(
    ({ insteadOf, isThere }) => !(insteadOf && process.env[insteadOf]) && !isThere(),
  );
}

/** The words in front of apt-get that let us install; undefined when we may not. */
async function privilege() {
  if (!hasProgram('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = hasProgram('sudo') && (await run('sudo', ['-n', 'true'])).code === 0;
  return sudo ? ['sudo', '-n'] : undefined;
}

/** What to do by hand. */
export function installAdvice(missing) {
  const list = missing.map(
    ({ name, why, debian }) => `  ${name} (${why}): Debian package ${debian}`,
  );
  const packages = missing.map(({ debian }) => debian).join(' ');
  return [
    'These programs are missing:',
    ...list,
    '',
    'On Debian or Ubuntu install them by',
    `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages}`,
    ...missing.flatMap(({ insteadOf, name }) =>
      insteadOf ? [`or set ${insteadOf} to use a ${name} elsewhere`] : [],
    ),
  ].join('\n');
}

/** Installs what `command` lacks, or says what to install. */
export async function ensurePrograms(root, command) {
  const missing = missingPrograms(command);
  if (missing.length === 0) return;
  const prefix = await privilege();
  if (prefix === undefined) throw new FailedStep(installAdvice(missing));
  const packages = missing.map(({ debian }) => debian);
  await quietly(root, `installing Debian packages: ${packages.join(' ')}`, () =>
    withoutDaemons(prefix, () => install(prefix, packages)),
  );
  const left = missingPrograms(command);
  if (left.length > 0) throw new FailedStep(installAdvice(left));
}

const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0', '-q'];
const LIST_LOCK_WAIT_MS = 300_000;

async function install(prefix, packages) {
  const updated = await apt(prefix, ['update']);
  // A failed update is no end: the lists may be good enough.
  const installed = await apt(prefix, ['install', '-y', '--no-install-recommends', ...packages]);
  return { code: installed.code, output: `${tail(updated.output)}\n${installed.output}` };
}

/** RUNLEVEL=1 keeps packages from starting their daemons where nobody else has a say in it. */
async function apt(prefix, args) {
  const settings = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  const [program, ...rest] = [...prefix, 'env', ...settings, 'apt-get', ...APT_OPTIONS, ...args];
  const deadline = performance.now() + LIST_LOCK_WAIT_MS;
  for (;;) {
    const result = await run(program, rest);
    // DPkg::Lock::Timeout does not cover the lock on the package lists.
    const isLocked = result.code !== 0 && /Could not get lock/.test(result.output);
    if (!isLocked || performance.now() > deadline) return result;
    await pause(1000);
  }
}

const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_MARK = '# Placed by Callcast while it installs packages';

/** Debian asks policy-rc.d before it starts a daemon: 101 forbids. One that exists is left alone. */
async function withoutDaemons(prefix, work) {
  if (existsSync(POLICY) && !isOursAndStale()) return work();
  const asRoot = (command) => {
    const [program, ...args] = [...prefix, 'sh', '-c', command];
    return run(program, args);
  };
  const text = `#!/bin/sh\\n${POLICY_MARK} ${process.pid}\\nexit 101\\n`;
  await asRoot(`printf '${text}' > ${POLICY} && chmod 755 ${POLICY}`);
  try {
    return await work();
  } finally {
    await asRoot(`rm -f ${POLICY}`);
  }
}

/** One that a killed run of ours left behind. */
function isOursAndStale() {
  const text = readFileSync(POLICY, 'utf8');
  const at = text.indexOf(POLICY_MARK);
  return at >= 0 && !existsSync(`/proc/${parseInt(text.slice(at + POLICY_MARK.length))}`);
}
