import { Buffer } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { DURATION_OFFSET } from './flv-layout.ts';

const FILE_HEADER_BYTES = 13;
const TAG_HEADER_BYTES = 11;
const TAG_TRAILER_BYTES = 4;
const CHUNK_BYTES = 256 * 1024;

/** What is whole of a file. */
interface WholePart {
  readonly endBytes: number;
  readonly lastMs: number;
}

/**
 * Makes a recording whole whose writer has died: cuts off the tag that is not complete, and writes the duration. One that
 * was closed has its duration, and is left as it is.
 *
 * @throws When the disk fails.
 */
export async function mendFlv(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const duration = Buffer.alloc(8);
    const { bytesRead } = await file.read(duration, 0, duration.length, DURATION_OFFSET);
    if (bytesRead < duration.length || duration.readDoubleBE() !== 0) return;
    const { endBytes, lastMs } = await wholePartOf(file);
    await file.truncate(endBytes);
    duration.writeDoubleBE(lastMs / 1000);
    await file.write(duration, 0, duration.length, DURATION_OFFSET);
  } finally {
    await file.close();
  }
}

/** Walks from tag to tag; what lies between is read only by the way. */
async function wholePartOf(file: FileHandle): Promise<WholePart> {
  const { size } = await file.stat();
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let chunkAt = 0;
  let chunkEnd = 0;
  let whole: WholePart = { endBytes: FILE_HEADER_BYTES, lastMs: 0 };
  for (;;) {
    const at = whole.endBytes;
    if (at + TAG_HEADER_BYTES > size) return whole;
    if (at + TAG_HEADER_BYTES > chunkEnd) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      chunkAt = at;
      chunkEnd = at + bytesRead;
      if (bytesRead < TAG_HEADER_BYTES) return whole;
    }
    const head = chunk.subarray(at - chunkAt);
    const endBytes = at + TAG_HEADER_BYTES + head.readUIntBE(1, 3) + TAG_TRAILER_BYTES;
    if (endBytes > size) return whole;
    whole = { endBytes, lastMs: head.readUIntBE(4, 3) + head.readUInt8(7) * 2 ** 24 };
  }
}
