import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SCORE_RATE } from './score.ts';

const execute = promisify(execFile);
const RUN_TIMEOUT_MS = 60_000;

/** What a player hears of a file: its gaps in time are silence. */
export async function decodeSound(
  path: string,
  input: readonly string[] = [],
): Promise<Int16Array> {
  const output = `${path}.pcm`;
  const filter = ['-af', 'aresample=async=1:first_pts=0', '-ar', String(SCORE_RATE), '-ac', '1'];
  const quiet = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y'];
  await execute('ffmpeg', [...quiet, ...input, '-i', path, ...filter, '-f', 's16le', output], {
    timeout: RUN_TIMEOUT_MS,
  });
  return new Int16Array(Uint8Array.from(await readFile(output)).buffer);
}

/** Speech at 8 kHz at the rate of the comparison, made by the same means as all others. */
export async function speechForComparison(samples: Int16Array, path: string): Promise<Int16Array> {
  await writeFile(path, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  return decodeSound(path, ['-f', 's16le', '-ar', '8000', '-ac', '1']);
}
