#!/usr/bin/env node
// Stands where Prisma's command line expects its native schema engine (PRISMA_SCHEMA_ENGINE_BINARY) and
// answers its JSON-RPC, one message a line on stdin and stdout, with the same engine as WebAssembly.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createDatabase, describeError, dropDatabase, reachDatabase } from './database.mjs';
import { lastPanic, loadEngine, openEngine } from './wasm-engine.mjs';

/** The code of every error the native engine answers with. */
const ENGINE_ERROR = 4466;
const PRINT_REQUEST_ID = 1_000_000_000;

const words = process.argv.slice(2);
const valuesOf = (flag) => words.flatMap((word, at) => (word === flag ? [words[at + 1]] : []));
const databaseUrl = JSON.parse(valuesOf('--datasource')[0] ?? '{}').url;
const say = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

function logLine(level, fields) {
  const timestamp = new Date().toISOString();
  const line = { timestamp, level, fields, target: 'schema_engine::logger' };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

const SUBCOMMANDS = {
  'can-connect-to-database': reachDatabase,
  'create-database': createDatabase,
  'drop-database': dropDatabase,
};

async function runSubcommand(name) {
  try {
    if (SUBCOMMANDS[name] === undefined) throw new Error(`unknown command ${name}`);
    await SUBCOMMANDS[name](databaseUrl);
    return 0;
  } catch (error) {
    const { code, message } = describeError(error, databaseUrl);
    process.stderr.write('\n'); // The command line skips the first line.
    logLine('ERROR', { message, is_panic: false, error_code: code });
    return 1;
  }
}

let opening;

async function theEngine() {
  const paths = valuesOf('--datamodels');
  const datamodels = paths.map((path) => [path, readFileSync(path, 'utf8')]);
  opening ??= openEngine({
    databaseUrl,
    datamodels: datamodels.length > 0 ? datamodels : undefined,
    log: (line) => process.stderr.write(`${line.trimEnd()}\n`),
  });
  return (await opening).engine;
}

/**
 * Calls a method that compares with the schema of the migrations. The WASM engine can only read that schema from its
 * memory, which a diagnosis of the same migrations fills from a shadow database.
 */
async function callInformed(method, params) {
  const running = await theEngine();
  try {
    return await running[method](params);
  } catch (error) {
    if (!String(error?.message).includes('external factory')) throw error;
    const { migrationsList, filters } = params;
    await running.devDiagnostic({ migrationsList, filters });
    return await running[method](params);
  }
}

/** Methods that the two engines do not share: name to answer. */
const OWN_METHODS = {
  createMigration: (params) => callInformed('createMigration', params),
  evaluateDataLoss: (params) => callInformed('evaluateDataLoss', params),
  createDatabase: async () => ({ databaseName: await createDatabase(databaseUrl) }),
  getDatabaseVersion: async (params) => (await theEngine()).version(params),
  // The native engine asks the command line to print the difference.
  diff: async (params) => {
    const { exitCode, stdout } = await (await theEngine()).diff(params);
    if (stdout) say({ id: PRINT_REQUEST_ID, method: 'print', params: { content: stdout } });
    return { exitCode, stdout: null };
  },
};

async function answer(method, params) {
  const own = OWN_METHODS[method];
  if (own !== undefined) return own(params);
  const running = await theEngine();
  if (typeof running[method] !== 'function') throw new Error(`no such method: ${method}`);
  return (await running[method](params)) ?? {};
}

function errorReply(id, { code, message, isPanic }) {
  const named = code === undefined ? {} : { error_code: code };
  const data = { is_panic: isPanic, message, meta: null, ...named };
  return { id, error: { code: ENGINE_ERROR, message, data } };
}

async function reply({ id, method, params }) {
  try {
    return { id, result: await answer(method, params ?? {}) };
  } catch (error) {
    return errorReply(id, { ...describeError(error, databaseUrl), isPanic: false });
  }
}

/** Answers requests one after the other, until stdin ends. */
async function serve() {
  let current;
  // A panic escapes as an uncaught error; unanswered, the command line would end with status 0.
  process.on('uncaughtException', (error) => {
    const message = lastPanic() || String(error?.stack ?? error);
    say(errorReply(current, { message, isPanic: false }));
    process.stdout.write('', () => process.exit(101));
  });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const request = JSON.parse(line);
    // A line without a method answers our own print request.
    if (request.method === undefined) continue;
    current = request.id;
    say(await reply(request));
  }
}

if (words.includes('--version')) {
  console.log(`schema-engine-wasm ${(await loadEngine()).version()}`);
} else if (words.includes('cli')) {
  process.exitCode = await runSubcommand(words[words.indexOf('cli') + 1]);
} else {
  await serve();
}
process.stdout.write('', () => process.exit());
