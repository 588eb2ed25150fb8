import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { runtimeFileSchema } from '#contracts';
import type { RuntimeFile } from '#contracts';
import { identifyProcess } from '#adapters/services-local';

/** It holds the API key. */
const PRIVATE = 0o600;

/** The copy that a runtime file tells of, if its process lives and is not this one. */
export function readLivingRuntime(path: string): RuntimeFile | undefined {
  try {
    const found = runtimeFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const owner = found.pids['cli'];
    const isLiving = owner !== undefined && identifyProcess(owner) !== undefined;
    return isLiving && owner !== process.pid ? found : undefined;
  } catch {
    return undefined; // None, or one of another version.
  }
}

/** Writes whole or not at all: readers poll this file. */
export function writeRuntime(path: string, runtime: RuntimeFile): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(runtime, null, 2)}\n`, { mode: PRIVATE });
  renameSync(draft, path);
}

/** Removes our own runtime file, never another's. */
export function removeRuntime(path: string): void {
  if (readLivingRuntime(path) === undefined) rmSync(path, { force: true });
}
