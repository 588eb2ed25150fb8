// A copy of the suite for machines without namespaces: names and addresses become loopback addresses.
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readMachines } from './testbed.mjs';

const LEFT_OUT = new Set(['.git', 'node_modules']);

/** Copies the suite into the folder `work` and answers with the path of the copy. */
export function copyForLoopback(folder, work) {
  const copy = join(work, 'suite');
  cpSync(folder, copy, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  symlinkSync(join(folder, 'node_modules'), join(copy, 'node_modules'));
  const machines = readMachines(folder, '127.0.0.');
  for (const file of readdirSync(join(copy, 'test'), { recursive: true })) {
    if (!/\.(?:js|xml|yaml)$/.test(file)) continue;
    const path = join(copy, 'test', file);
    writeFileSync(path, onLoopback(readFileSync(path, 'utf8'), machines));
  }
  return copy;
}

function onLoopback(text, machines) {
  const moved = text.replaceAll('172.29.0.', '127.0.0.');
  const callees = machines.filter(({ name }) => name.startsWith('sipp-'));
  return callees.reduce(
    (result, { name, address }) =>
      result.replaceAll(new RegExp(`(sip:|')${name}(?![\\w-])`, 'g'), `$1${address}`),
    moved,
  );
}
