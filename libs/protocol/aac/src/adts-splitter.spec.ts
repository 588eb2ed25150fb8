import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SeededRandom, splitAdts } from '#testkit';
import { AdtsSplitter } from './index.ts';

/** ADTS of ffmpeg: a second of a tone. */
const stream = execFileSync(
  'ffmpeg',
  ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', '-f', 'adts', '-'],
  { maxBuffer: 1_000_000 },
);
const expected = splitAdts(stream).frames.map((frame) => Buffer.from(frame));

function split(pieces: Iterable<Uint8Array>): Buffer[] {
  const splitter = new AdtsSplitter();
  const frames: Buffer[] = [];
  for (const piece of pieces) splitter.push(piece, (frame) => void frames.push(Buffer.from(frame)));
  return frames;
}

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('an ADTS splitter', () => {
  it.each([1, 7, 100, 4096, 1_000_000])('finds the same frames in pieces of %i bytes', (size) => {
    expect(expected.length).toBeGreaterThan(40);
    expect(split(inPieces(stream, size))).toEqual(expected);
  });

  it('leaves out the checksum of a protected frame', () => {
    const frame = Uint8Array.of(0xff, 0xf0, 0x50, 0x40, 0x01, 0x7f, 0xfc, 0xaa, 0xbb, 1, 2);

    expect(split([frame])).toEqual([Buffer.from([1, 2])]);
  });

  it('finds its way back after bytes that are no frame', () => {
    const noise = Uint8Array.from([0xff, 0xff, 0xf1, 0, 0, 0, 0, 0, 1, 2, 3]);

    expect(split([noise, stream]).slice(-expected.length)).toEqual(expected);
  });

  it('holds no more than a frame, whatever comes', () => {
    const random = new SeededRandom(7);
    const noise = Uint8Array.from({ length: 200_000 }, () => random.below(256) | 0xe0);

    const frames = split(inPieces(noise, 1000));

    expect(frames.every((frame) => frame.length <= 0x1fff)).toBe(true);
  });
});
