import { spawnSync } from 'node:child_process';

const TIMEOUT_MS = 5000;

/** Whether the program `ffmpeg` can be run. Waits for it, some 50 ms: for the start of a process. */
export const isFfmpegInstalled = (): boolean =>
  spawnSync('ffmpeg', ['-version'], { stdio: 'ignore', timeout: TIMEOUT_MS }).status === 0;
