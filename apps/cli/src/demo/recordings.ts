import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { NginxRtmp } from '#testkit';

const POLL_MS = 200;
const TIMEOUT_MS = 10_000;

/**
 * The recording of a stream whose publisher has left, once its file grows no more.
 * @throws Error when there is none, or more than one: then the stream was interrupted.
 */
export async function untilRecorded(rtmp: NginxRtmp, streamKey: string): Promise<string> {
  const deadline = performance.now() + TIMEOUT_MS;
  let lastSize = -1;
  for (;;) {
    const [path, ...others] = rtmp
      .recordings()
      .filter((found) => basename(found).startsWith(`${streamKey}-`));
    if (others.length > 0)
      throw new Error(`stream ${streamKey} came in ${others.length + 1} parts`);
    const size = path === undefined ? -1 : statSync(path).size;
    if (path !== undefined && size > 0 && size === lastSize) return path;
    if (performance.now() > deadline) throw new Error(`no recording of stream ${streamKey}`);
    lastSize = size;
    await pause(POLL_MS);
  }
}
