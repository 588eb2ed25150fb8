import { performance } from 'node:perf_hooks';
import { run } from './steps.mjs';

const CONCURRENT = 2;
const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--config', '.config/vitest.config.ts'];

/** The gates, slowest first, so that two at a time end together. */
const GATES = [
  { name: 'lint', args: ['node_modules/eslint/bin/eslint.js', '.'] },
  { name: 'format', args: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'] },
  { name: 'dead code', args: ['node_modules/knip/bin/knip.js'] },
  {
    name: 'import direction',
    args: [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      ...['apps', 'libs', 'bench', 'test'],
    ],
  },
  {
    name: 'types',
    args: ['node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json', '--noEmit'],
  },
  {
    name: 'types of the dashboard',
    args: ['node_modules/typescript7/bin/tsc', '-p', 'apps/dashboard/tsconfig.json'],
  },
];

async function runGate(root, { name, args }) {
  const started = performance.now();
  const { code, output } = await run(process.execPath, args, { cwd: root });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}

async function runGates(root) {
  const waiting = [...GATES];
  const results = [];
  const takeOne = async () => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift())
      results.push(await runGate(root, gate));
  };
  await Promise.all(Array.from({ length: CONCURRENT }, takeOne));
  return results;
}

const SUMMARY = /^(\d+) passed, (\d+) failed, (\d+) skipped$/;

/** Passes lines on and keeps the closing one back: the run as a whole has one of its own. */
function summaryFilter() {
  let rest = '';
  let summary;
  const take = (line) => {
    const found = SUMMARY.exec(line);
    if (found === null) return `${line}\n`;
    summary = found.slice(1).map(Number);
    return '';
  };
  return {
    write(chunk) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop();
      process.stdout.write(lines.map(take).join(''));
    },
    end() {
      if (rest !== '') process.stdout.write(take(rest));
      return summary;
    },
  };
}

async function runTests(root, args) {
  const filter = summaryFilter();
  const { code } = await run(process.execPath, [...VITEST, ...args], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'test' },
    onOutput: (chunk) => filter.write(chunk),
  });
  const [passed, failed, skipped] = filter.end() ?? [0, 0, 0];
  // A runner that dies, or finds fault outside of a test, must not look like success.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

/** All gates, then all tests; with arguments only the tests they name. One closing line for all. */
export async function runChecks(root, args) {
  const gates = args.length === 0 ? await runGates(root) : [];
  const tests = await runTests(root, args);
  const passed = gates.filter(Boolean).length + tests.passed;
  const failed = gates.filter((isOk) => !isOk).length + tests.failed;
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  console.log(`\n${passed} passed, ${failed} failed${skipped}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
