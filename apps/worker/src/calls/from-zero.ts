import type { FlvTag } from '#protocol/flv';

/** Moves timestamps so that every connection starts at 0: servers and players expect it. */
export function fromZero(write: (tag: FlvTag) => void): (tag: FlvTag) => void {
  let startMs: number | undefined;
  return (tag) => {
    startMs ??= tag.timestampMs;
    write({ ...tag, timestampMs: tag.timestampMs - startMs });
  };
}
