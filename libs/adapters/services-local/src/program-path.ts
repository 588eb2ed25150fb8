import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Fixed, so that what runs does not depend on who started us; Debian keeps servers in sbin. */
export const PROGRAM_FOLDERS: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The full path of a program, undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  return PROGRAM_FOLDERS.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * The folder of `postgres` and `initdb`: of the major version asked for, else the newest installed.
 * Debian keeps one folder per major version, none of them on the PATH.
 */
export function findPostgresFolder(majorVersion?: string): string | undefined {
  const versions = readVersions().filter((version) => (majorVersion ?? version) === version);
  const folders = versions.map((version) => join(DEBIAN_POSTGRES, version, 'bin'));
  const onPath = majorVersion === undefined ? PROGRAM_FOLDERS : [];
  return [...folders, ...onPath].find((folder) => isExecutable(join(folder, 'initdb')));
}

function readVersions(): string[] {
  try {
    return readdirSync(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a));
  } catch {
    return []; // Not a Debian, or no PostgreSQL.
  }
}
