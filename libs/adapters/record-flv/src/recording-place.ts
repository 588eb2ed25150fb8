import { access, mkdir, open, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { RecordingFailure } from './recording-failure.ts';
import { markFile } from './recording-marks.ts';
import type { RecordingFacts } from './recording-marks.ts';

/** Where to record, under which name, and for whom. */
export interface WantedPlace {
  readonly folder: string;
  /** Without an ending. */
  readonly name: string;
  /** The output has recorded before: a number is put behind the name where it is in use. */
  readonly isContinued: boolean;
  readonly facts: RecordingFacts;
}

/** A new file of ours. */
export interface RecordingPlace {
  readonly handle: Pick<FileHandle, 'write' | 'truncate' | 'close'>;
  /** Its name, such as `show.flv`. */
  readonly file: string;
}

/** So many parts has a recording at most. */
const MOST_PARTS = 99;

/** Makes the file, which nobody else then has. @throws RecordingFailure, or an error of the file system. */
export async function makePlace(wanted: WantedPlace): Promise<RecordingPlace> {
  const { folder, name, isContinued, facts } = wanted;
  await mkdir(folder, { recursive: true });
  for (let part = 1; part <= (isContinued ? MOST_PARTS : 1); part++) {
    const base = part === 1 ? name : `${name}-${part}`;
    const file = `${base}.flv`;
    const handle = await openNew(folder, base);
    if (handle === undefined) continue;
    try {
      await writeFile(join(folder, markFile(file, 'live')), JSON.stringify(facts));
      return { handle, file };
    } catch (error) {
      await handle.close();
      await rm(join(folder, file), { force: true });
      throw error;
    }
  }
  throw new RecordingFailure('RECORDING_REFUSED', `${name} is in use, and nothing is overwritten`);
}

/** @returns undefined when the name is in use: as a recording, or as what has become of one. */
async function openNew(folder: string, base: string): Promise<FileHandle | undefined> {
  if (await isThere(join(folder, `${base}.mp4`))) return undefined;
  try {
    return await open(join(folder, `${base}.flv`), 'wx', 0o644);
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'EEXIST') return undefined;
    throw error;
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
