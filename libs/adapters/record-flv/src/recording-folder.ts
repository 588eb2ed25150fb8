import { access, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mendFlv } from './mend-flv.ts';
import { markFile, parseFacts } from './recording-marks.ts';
import type { RecordingFacts, RecordingMark } from './recording-marks.ts';

/** A recording that is not what it is to become. */
export interface UnfinishedRecording extends RecordingFacts {
  /** Such as `show.flv`. */
  readonly file: string;
  /** `live`, `done` or the id of a node. */
  readonly mark: RecordingMark;
}

/** The files of one recording. */
export interface RecordingPaths {
  readonly flv: string;
  /** What it becomes. */
  readonly mp4: string;
  /** The same while it is written. */
  readonly part: string;
}

const MARKED = /^(.+\.flv)\.(live|done|node_[0-9a-z]{26})\.json$/;

/** The recordings of a folder, which several workers may share. A mark is moved by renaming: only one of them wins. */
export class RecordingFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What is being written or waits, in the order of names. Empty when there is no such folder. */
  async unfinished(): Promise<readonly UnfinishedRecording[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const found: UnfinishedRecording[] = [];
    for (const name of names.sort()) {
      const [, file, mark] = MARKED.exec(name) ?? [];
      if (file === undefined || mark === undefined) continue;
      // Another worker may have moved it meanwhile.
      const text = await readFile(join(this.#folder, name), 'utf8').catch(() => '');
      const facts = parseFacts(text);
      if (facts !== undefined) found.push({ file, mark, ...facts });
    }
    return found;
  }

  /** Gives a recording another mark; false when somebody else was faster. @throws When the disk fails. */
  async mark({ file, mark }: UnfinishedRecording, next: RecordingMark): Promise<boolean> {
    const path = (which: RecordingMark): string => join(this.#folder, markFile(file, which));
    try {
      await rename(path(mark), path(next));
      return true;
    } catch (error) {
      if ((error as { readonly code?: string }).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** Takes the mark away: nothing is left to do. */
  async unmark({ file, mark }: UnfinishedRecording): Promise<void> {
    await rm(join(this.#folder, markFile(file, mark)), { force: true });
  }

  /** @param by Names the part, so that two workers never write the same. */
  paths(file: string, by: string): RecordingPaths {
    const base = join(this.#folder, file.slice(0, -'.flv'.length));
    return { flv: `${base}.flv`, mp4: `${base}.mp4`, part: `${base}.mp4.${by}.part` };
  }

  /** Makes a recording whole whose writer has died. @throws When the disk fails. */
  async mend(flv: string): Promise<void> {
    await mendFlv(flv);
  }

  async isThere(path: string): Promise<boolean> {
    return await access(path).then(
      () => true,
      () => false,
    );
  }

  /** @returns 0 when there is no such file. */
  async sizeBytes(path: string): Promise<number> {
    return await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /** Moves a file within the folder. */
  async move(from: string, to: string): Promise<void> {
    await rename(from, to);
  }

  /** Removes a file, if it is there. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }
}
