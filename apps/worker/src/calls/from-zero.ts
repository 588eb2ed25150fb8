import type { FlvTag } from '#protocol/flv';

/**
 * Moves timestamps so that every connection starts at 0: servers and players expect it. RTMP knows no time before 0:
 * what is older than the first tag is told as simultaneous.
 */
export function fromZero(write: (tag: FlvTag) => void): (tag: FlvTag) => void {
  let startMs: number | undefined;
  return (tag) => {
    startMs ??= tag.timestampMs;
    write({ ...tag, timestampMs: Math.max(0, tag.timestampMs - startMs) });
  };
}
