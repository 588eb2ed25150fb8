// Stands in for `docker run ... drachtio/sipp sipp ARGUMENTS`: plain SIPp on an address of the testbed.
import { spawn } from 'node:child_process';

const addresses = JSON.parse(process.env.TESTBED_ADDRESSES);
const args = process.argv.slice(2);
const nameAt = args.indexOf('--name');
const name = nameAt < 0 ? 'caller' : args[nameAt + 1];
const own = addresses[name] ?? name;
const given = args
  .slice(args.indexOf('sipp') + 1)
  .map((arg) => addresses[arg] ?? arg.replace('/tmp/scenarios', process.env.TESTBED_SCENARIOS));

const sipp = spawn('sipp', ['-i', own, '-p', '5060', ...given], { stdio: 'inherit' });
sipp.once('exit', (code) => process.exit(code ?? 1));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => sipp.kill(signal));
