import { fileURLToPath } from 'node:url';
import { readApiAddress } from './control/config.ts';
import { runCommand } from './control/run-command.ts';
import { ProcessTerminal } from './control/terminal.ts';
import { askSecrets } from './doctor/ask-secrets.ts';

/** dist/apps/cli/src/callcast.js lies four folders below the repository. */
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');

const leaving = new AbortController();
// The second one ends the process at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort());
// Whoever reads the output may have had enough of it: `callcast watch | head`.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCommand(process.argv.slice(2), {
  terminal: new ProcessTerminal(),
  signal: leaving.signal,
  root: ROOT,
  readAddress: readApiAddress,
  askSecrets: async (questions) =>
    questions.length === 0 ? [] : (await askSecrets(questions)).map((secret) => secret.reveal()),
});
