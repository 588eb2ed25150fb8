import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { recordingName } from '#contracts';
import type { OutputRequest } from '#contracts';
import { Rejection } from '../http/rejection.ts';
import type { FieldError } from '../http/rejection.ts';
import { placedTargets } from './output-target.ts';

/** What a recording leaves behind. */
const ENDINGS = ['flv', 'mp4'];
const ADVICE =
  'cannot be recorded: set CALLCAST_RECORDINGS to a folder, for the API and the workers';

/** Outputs of a request. */
export interface WantedOutputs {
  readonly outputs: readonly OutputRequest[];
  /** Of the list: `outputs`. Empty for a request that is one output. */
  readonly path: string;
  /** Folder of recordings; undefined where nothing is recorded. */
  readonly folder: string | undefined;
}

/**
 * Looks at the names of recordings, where this process sees their folder; a worker looks again, and overwrites nothing.
 * @throws Rejection TARGET_REFUSED where nothing is recorded, TARGET_IN_USE when there is such a file.
 */
export async function checkRecordings({ outputs, path, folder }: WantedOutputs): Promise<void> {
  const inUse: FieldError[] = [];
  for (const { path: own, request } of placedTargets(outputs, path)) {
    const name = recordingName(request.url);
    if (name === undefined) continue;
    const field = own === '' ? 'url' : `${own}.url`;
    if (folder === undefined) {
      throw new Rejection('TARGET_REFUSED', [{ path: field, message: ADVICE }]);
    }
    const files = ENDINGS.map((ending) => join(folder, `${name}.${ending}`));
    const found = name === '' ? [] : await Promise.all(files.map(isThere));
    if (found.includes(true)) {
      inUse.push({ path: field, message: 'is the name of a file that is there' });
    }
  }
  if (inUse.length > 0) throw new Rejection('TARGET_IN_USE', inUse);
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
