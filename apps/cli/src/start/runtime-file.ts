import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { runtimeFileSchema } from '#contracts';
import type { RuntimeFile } from '#contracts';
import { identifyProcess } from '#adapters/services-local';

/** It holds the API key and the passwords of the services. */
const PRIVATE = 0o600;

/** The copy that a runtime file tells of, if its process lives and is not this one. */
function readLivingRuntime(path: string): RuntimeFile | undefined {
  try {
    const found = runtimeFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const owner = found.pids['cli'];
    const isLiving = owner !== undefined && identifyProcess(owner) !== undefined;
    return isLiving && owner !== process.pid ? found : undefined;
  } catch {
    return undefined; // None, or one of another version.
  }
}

/**
 * Writes the first of `paths` that tells of no other living copy, and says which.
 * The last one belongs to this process alone.
 */
export function publishRuntime(paths: readonly string[], runtime: RuntimeFile): string {
  const free = paths.find((path) => readLivingRuntime(path) === undefined);
  if (free === undefined) throw new Error(`${paths.join(' and ')} are in use`);
  writeRuntime(free, runtime);
  return free;
}

/** Whole or not at all: readers poll this file. */
function writeRuntime(path: string, runtime: RuntimeFile): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(runtime, null, 2)}\n`, { mode: PRIVATE });
  renameSync(draft, path);
}

/** Removes our own runtime file, never another's. */
export function removeRuntime(path: string): void {
  if (readLivingRuntime(path) === undefined) rmSync(path, { force: true });
}
