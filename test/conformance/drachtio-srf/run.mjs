// npm run test:drachtio-srf -- FOLDER [PART ...]: drachtio-srf's own tests against our signalling server.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { copyForLoopback } from './loopback-copy.mjs';
import { runParts } from './parts.mjs';
import { readMachines } from './testbed.mjs';

const ENTRANCE = new URL('in-private-network.mjs', import.meta.url).pathname;
const PRIVATE = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

const [given, ...names] = process.argv.slice(2);
if (given === undefined || !existsSync(join(given, 'test/docker-compose-testbed.yaml'))) {
  console.error('usage: npm run test:drachtio-srf -- FOLDER [unit] [uac] [b2b] [reinvite]');
  console.error(
    'FOLDER is a checkout of drachtio-srf; see test/conformance/drachtio-srf/README.md',
  );
  process.exit(2);
}
const folder = resolve(given);
if (!existsSync(join(folder, 'node_modules/tape'))) {
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}

const work = mkdtempSync(join(tmpdir(), 'drachtio-srf-'));
try {
  process.exitCode = (await runSuite()) ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function runSuite() {
  const isolation = process.getuid() === 0 ? PRIVATE : ['--map-root-user', ...PRIVATE];
  const raise = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  if (spawnSync('unshare', [...isolation, ...raise, 'true']).status === 0) {
    const inside = [process.execPath, ENTRANCE, folder, work, ...names];
    const { status } = spawnSync('unshare', [...isolation, ...raise, ...inside], {
      stdio: 'inherit',
    });
    return status === 0;
  }
  console.log('no private network to be had: running a copy of the tests on 127.0.0.10 and up');
  const copy = copyForLoopback(folder, work);
  return runParts({ folder: copy, work, machines: readMachines(copy, '127.0.0.'), names });
}
