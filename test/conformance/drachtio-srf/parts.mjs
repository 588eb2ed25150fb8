// Runs parts of the suite one after another and prints what passed.
import { spawn } from 'node:child_process';
import { assertionsIn, commandOf, judge, partsNamed } from './suite.mjs';
import { Testbed } from './testbed.mjs';

/** Whether every part asked for passed. */
export async function runParts({ folder, work, machines, names }) {
  const verdicts = [];
  for (const part of partsNamed(names)) {
    const testbed = new Testbed({ folder, work, machines });
    await testbed.start();
    try {
      const output = await run(part, testbed);
      const assertions = assertionsIn(output);
      const verdict = { name: part.name, ...judge(part, assertions) };
      verdicts.push(verdict);
      printPart(verdict, assertions);
      printSwallowed(verdict, output);
      if (!verdict.isPassed) console.log(`\n${output}`);
    } finally {
      await testbed.stop();
    }
  }
  const isPassed = verdicts.every((verdict) => verdict.isPassed);
  const figures = verdicts.map(({ name, passedCount }) => `${name} ${passedCount}`).join(', ');
  console.log(`drachtio-srf's own tests: ${isPassed ? 'passed' : 'FAILED'} (${figures})`);
  return isPassed;
}

function run(part, { folder, environment }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, commandOf(part), {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: part.limitMs,
    });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      // Each file is one chain of promises: after a failure it only waits for its own time limit.
      if (/^not ok/m.test(output) && part.file !== undefined) child.kill();
    });
    child.stderr.on('data', (data) => (output += data));
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

function printPart({ name, failed }, assertions) {
  assertions.forEach(({ isPassed, title }, index) => {
    console.log(
      `${name.padEnd(9)}${String(index + 1).padStart(3)}  ${isPassed ? 'ok    ' : 'FAILED'}  ${title}`,
    );
  });
  if (failed.length > 0)
    console.log(`${name.padEnd(9)}needed and not passed: ${failed.join(', ')}`);
}

/** The suite's own handlers print rejections that no assertion sees. */
function printSwallowed({ name }, output) {
  for (const [, what] of output.matchAll(/<rejected> (.*)/g)) {
    console.log(`${name.padEnd(9)}rejected unseen by any assertion: ${what}`);
  }
}
