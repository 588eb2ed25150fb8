import type { FlvTag } from '#protocol/flv';
import type { MediaSource } from '../../apps/worker/src/calls/ports.ts';

/** One tag as it stands in an FLV stream. */
export interface FoundTag {
  readonly type: number;
  readonly timestampMs: number;
  readonly body: Buffer;
}

/** Reads an FLV stream by the document (Adobe FLV 10.1, Annex E); ends at the first tag that is cut off. */
export function readFlv(bytes: Buffer): { flags: number; tags: FoundTag[] } {
  if (bytes.toString('latin1', 0, 3) !== 'FLV') throw new Error('no FLV signature');
  const tags: FoundTag[] = [];
  for (let at = 13; at + 11 <= bytes.length;) {
    const size = bytes.readUIntBE(at + 1, 3);
    if (at + 15 + size > bytes.length) break;
    const timestampMs = bytes.readUIntBE(at + 4, 3) + bytes.readUInt8(at + 7) * 2 ** 24;
    tags.push({
      type: bytes.readUInt8(at),
      timestampMs,
      body: bytes.subarray(at + 11, at + 11 + size),
    });
    if (bytes.readUInt32BE(at + 11 + size) !== 11 + size) throw new Error('wrong PreviousTagSize');
    at += 15 + size;
  }
  return { flags: bytes.readUInt8(4), tags };
}

/** What is on air, made by hand. */
export class FakeSource implements MediaSource {
  readonly metadata = { audiocodecid: 10 };
  readonly #writers = new Set<(tag: FlvTag) => void>();

  /** How many hear it. */
  get listenerCount(): number {
    return this.#writers.size;
  }

  attach(write: (tag: FlvTag) => void): () => void {
    this.#writers.add(write);
    return () => void this.#writers.delete(write);
  }

  emit(timestampMs: number, fields: Partial<FlvTag> = {}): void {
    const tag: FlvTag = { kind: 'audio', timestampMs, body: Uint8Array.of(0xaf, 1), ...fields };
    for (const write of this.#writers) write(tag);
  }
}
