// The machines of the suite's compose file as processes of this machine.
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../../..', import.meta.url).pathname;
const SERVER = join(ROOT, 'dist/apps/signaling/src/main.js');
const STAND_IN = new URL('docker.mjs', import.meta.url).pathname;
/** Where the compose file says that drachtio-sut lives, and the first address that it leaves free. */
const SUT = 'drachtio-sut';
const CALLER = 'caller';
const FIRST_FREE = 30;

/** Reads names, addresses and scenarios from the suite's compose file; `network` is `172.29.0.` as the suite has it. */
export function readMachines(folder, network) {
  const text = readFileSync(join(folder, 'test/docker-compose-testbed.yaml'), 'utf8');
  const services = text
    .slice(text.indexOf('\nservices:'))
    .split(/\n {2}(?=[\w-]+:)/)
    .slice(1);
  const machines = services.map((service) => ({
    name: /^[\w-]+/.exec(service)[0],
    address: network + /ipv4_address: [\d.]+\.(\d+)/.exec(service)[1],
    scenario: /sipp -sf \/tmp\/(\S+\.xml)/.exec(service)?.[1],
  }));
  const later = [CALLER, ...namedByTests(folder)];
  return [
    ...machines,
    ...later.map((name, n) => ({ name, address: `${network}${FIRST_FREE + n}` })),
  ];
}

/** Machines that a test starts by itself. */
function namedByTests(folder) {
  const files = readdirSync(join(folder, 'test')).filter((file) => file.endsWith('.js'));
  const texts = files.map((file) => readFileSync(join(folder, 'test', file), 'utf8'));
  return texts.flatMap((text) =>
    Array.from(text.matchAll(/sippUas\('[^']+',\s*'([^']+)'/g), ([, name]) => name),
  );
}

/** SIPp 3.6 takes no `<` within an attribute. */
function escapeAttributes(text) {
  const escaped = (_all, value) =>
    `regexp="${value.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}"`;
  return text.replaceAll(/regexp="([^"]*)"/g, escaped);
}

/** What one part of the suite talks to. */
export class Testbed {
  #children = [];

  constructor({ folder, work, machines }) {
    this.folder = folder;
    this.machines = machines;
    this.scenarios = join(work, 'scenarios');
    this.bin = join(work, 'bin');
    this.#writeScenarios();
    this.#writeStandIn();
  }

  #writeScenarios() {
    cpSync(join(this.folder, 'test/scenarios'), this.scenarios, { recursive: true });
    for (const file of readdirSync(this.scenarios).filter((name) => name.endsWith('.xml'))) {
      const path = join(this.scenarios, file);
      writeFileSync(path, escapeAttributes(readFileSync(path, 'utf8')));
    }
  }

  #writeStandIn() {
    mkdirSync(this.bin, { recursive: true });
    const path = join(this.bin, 'docker');
    writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${STAND_IN}' "$@"\n`);
    chmodSync(path, 0o755);
  }

  /** The environment in which the suite's tests run. */
  get environment() {
    return {
      ...process.env,
      NODE_ENV: 'test',
      PATH: `${this.bin}:${process.env.PATH}`,
      TESTBED_SCENARIOS: this.scenarios,
      TESTBED_ADDRESSES: JSON.stringify(
        Object.fromEntries(this.machines.map(({ name, address }) => [name, address])),
      ),
    };
  }

  async start() {
    for (const { address, scenario } of this.machines) {
      if (scenario !== undefined) this.#startCallee(address, scenario);
    }
    await this.#startServer(this.machines.find(({ name }) => name === SUT).address);
  }

  #startCallee(address, scenario) {
    const args = ['-sf', scenario, '-i', address, '-p', '5060', '-nostdin'];
    const child = spawn('sipp', args, { cwd: this.scenarios, stdio: 'ignore' });
    this.#children.push(child);
  }

  #startServer(address) {
    const child = spawn(process.execPath, [SERVER], {
      env: {
        PATH: process.env.PATH,
        CALLCAST_DRACHTIO_URL: 'drachtio://:cymru@127.0.0.1:9061',
        CALLCAST_SIP_HOST: address,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      let seen = '';
      child.stdout.on('data', (data) => {
        seen += data;
        if (seen.includes('signaling.ready')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`the server under test ended:\n${seen}`)));
    });
  }

  async stop() {
    await Promise.all(
      this.#children.map((child) => {
        if (child.exitCode !== null || child.signalCode !== null) return undefined;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill(child.spawnfile === 'sipp' ? 'SIGKILL' : 'SIGTERM');
        return ended;
      }),
    );
    this.#children = [];
  }
}
