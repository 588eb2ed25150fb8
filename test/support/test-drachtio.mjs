// npm run test:drachtio -- drachtio://:secret@host:port [VITEST ARGS]: the signalling tests against a server that runs.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const ROOT = new URL('../..', import.meta.url).pathname;
const VITEST = ['node_modules/vitest/vitest.mjs', 'run'];
const CONFIG = ['--config', '.config/vitest.drachtio.config.ts'];
const CONNECT_TIMEOUT_MS = 5000;

const [text, ...args] = process.argv.slice(2);
const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
if (url?.protocol !== 'drachtio:' || url.port === '' || url.password === '') {
  console.error('usage: npm run test:drachtio -- drachtio://:secret@host:port [VITEST ARGS]');
  process.exit(2);
}

/** Logs in as a worker would. */
function askVersion() {
  const Srf = createRequire(import.meta.url)('drachtio-srf');
  const srf = new Srf();
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no answer')), CONNECT_TIMEOUT_MS).unref();
    srf.on('error', reject);
    srf.on('connect', (error, hostports, version) => {
      srf.disconnect();
      if (error) reject(error);
      else resolve({ hostports, version });
    });
    const secret = decodeURIComponent(url.password);
    srf.connect({ host: url.hostname, port: Number(url.port), secret });
  });
}

try {
  const { hostports, version } = await askVersion();
  console.log(`drachtio ${version} with SIP on ${hostports}`);
  const env = { ...process.env, CALLCAST_DRACHTIO_URL: text };
  const run = [...VITEST, ...CONFIG, ...args];
  const { status } = spawnSync(process.execPath, run, { cwd: ROOT, env, stdio: 'inherit' });
  process.exit(status ?? 1);
} catch (error) {
  console.error(`no signalling server answers at ${url.host}: ${error.message ?? error}`);
  process.exit(1);
}
