import { spawn } from 'node:child_process';
import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

/** A step that the user has to do something about; the message says what. */
export class FailedStep extends Error {}

const TAIL_LINES = 60;

/** What was printed last. */
export function tail(text, lines = TAIL_LINES) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/** Runs a program to its end and keeps what it prints. */
export function run(program, args, options = {}) {
  const { onOutput, ...spawnOptions } = options;
  return new Promise((resolve) => {
    const output = [];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...spawnOptions });
    const keep = (chunk) => {
      output.push(chunk);
      onOutput?.(chunk);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 1, signal, output: Buffer.concat(output).toString('utf8') }),
    );
  });
}

/** Runs a step quietly; when it fails its output goes to a log and its end into the error. */
export async function quietly(root, what, work) {
  const started = performance.now();
  console.error(`${what} ...`);
  const result = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${what}: ${result.code === 0 ? 'done' : 'failed'} after ${seconds} s`);
  if (result.code === 0) return;
  const log = join(root, '.callcast', 'bootstrap.log');
  mkdirSync(join(root, '.callcast'), { recursive: true });
  writeFileSync(log, result.output);
  throw new FailedStep(`${what} failed. All of its output: ${log}\n\n${tail(result.output)}`);
}

/** Becomes `script` in this very process, so that its signals and its end are ours. */
export async function handOver(root, script, args) {
  const path = join(root, script);
  process.argv = [process.execPath, path, ...args];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(path).href);
}
