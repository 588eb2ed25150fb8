// Prisma's schema engine as WebAssembly: the same program that the command line runs as a native binary.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { pgFactory } from './pg-factory.mjs';

/** The engine calls this before it panics; without it the text of the panic is lost. */
const panics = {
  message: '',
  set_message(message) {
    panics.message = `RuntimeError: ${message}`;
  },
};

/** The text of the engine's last panic; empty before any. */
export const lastPanic = () => panics.message;

/** The engine's timer for its lock is never cleared: it must not keep the process alive for 10 s. */
const timersThatLetGo = Object.fromEntries(
  Object.entries(bindings)
    .filter(([name]) => name.startsWith('__wbg_setTimeout'))
    .map(([name, setTimer]) => [name, (...args) => setTimer(...args).unref()]),
);

let loading;

/** The engine's bindings, instantiated once: Node 20 cannot import a .wasm file as a module. */
export function loadEngine() {
  return (loading ??= instantiate());
}

async function instantiate() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = panics;
  const entry = createRequire(import.meta.url).resolve(
    '@prisma/schema-engine-wasm/schema_engine_bg',
  );
  const bytes = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'));
  const imports = { ...bindings, ...timersThatLetGo };
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': imports });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

/**
 * An engine for one database. `datamodels` are [path, content] pairs; an empty list must be undefined,
 * or the engine panics. `close` ends its sessions.
 */
export async function openEngine({ databaseUrl, datamodels, log = () => undefined }) {
  const { SchemaEngine } = await loadEngine();
  const factory = pgFactory(databaseUrl);
  const bound = bindMigrationAwareSqlAdapterFactory(factory);
  const engine = await SchemaEngine.new({ datamodels }, log, bound);
  return { engine, close: factory.closeSessions };
}
