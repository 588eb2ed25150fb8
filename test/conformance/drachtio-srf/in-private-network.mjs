// Runs in the namespaces that run.mjs makes: gives the loopback device the suite's addresses and the machine
// the suite's names, then runs the suite. Nothing of it is seen outside.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runParts } from './parts.mjs';
import { readMachines } from './testbed.mjs';

const [folder, work, ...names] = process.argv.slice(2);
const machines = readMachines(folder, '172.29.0.');

for (const { address } of machines) {
  execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
}
const hosts = machines.map(({ name, address }) => `${address} ${name}\n`).join('');
const overlays = [
  ['/etc/hosts', `127.0.0.1 localhost\n${hosts}`],
  // Nobody listens there, so every question is refused at once and the hosts file answers.
  ['/etc/resolv.conf', 'nameserver 127.0.0.1\n'],
];
for (const [target, text] of overlays) {
  const source = join(work, target.replaceAll('/', '-'));
  writeFileSync(source, text);
  execFileSync('mount', ['--bind', source, target]);
}
process.exitCode = (await runParts({ folder, work, machines, names })) ? 0 : 1;
