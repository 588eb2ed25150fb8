import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SPEEX_FRAMES, speexFrameCount } from './index.ts';

/** The Speex manual, tables 9.2 and 10.1: modes and the bits of a frame, header included. */
const NARROWBAND_BITS = [5, 43, 119, 160, 220, 300, 364, 492, 79];
const LAYER_BITS = [4, 36, 112, 192, 352];

const binary = (value: number, width: number): string => value.toString(2).padStart(width, '0');
const narrowband = (mode: number): string =>
  `0${binary(mode, 4)}`.padEnd(NARROWBAND_BITS[mode] ?? 0, '1');
const layer = (mode: number): string => `1${binary(mode, 3)}`.padEnd(LAYER_BITS[mode] ?? 0, '1');
const TERMINATOR = '01111';

/** Bits with the padding of RFC 5574 section 3.3: a zero and ones up to the end of the byte. */
function payload(...parts: string[]): Uint8Array {
  const bits = parts.join('');
  const padding = (8 - (bits.length % 8)) % 8;
  const padded = padding === 0 ? bits : `${bits}0`.padEnd(bits.length + padding, '1');
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

const framesOf = (...parts: string[]): number => {
  const bytes = payload(...parts);
  return speexFrameCount(bytes, 0, bytes.length);
};

describe('a payload of Speex', () => {
  it.each(NARROWBAND_BITS.map((_, mode) => mode))('counts frames of mode %i', (mode) => {
    expect(framesOf(narrowband(mode))).toBe(1);
    expect(framesOf(narrowband(mode), narrowband(mode), narrowband(mode))).toBe(3);
  });

  it.each(LAYER_BITS.map((_, mode) => mode))('takes a layer of mode %i as no frame', (mode) => {
    expect(framesOf(narrowband(5), layer(mode))).toBe(1);
    expect(framesOf(narrowband(5), layer(mode), narrowband(1), layer(mode))).toBe(2);
    expect(framesOf(narrowband(5), layer(1), layer(mode), narrowband(5))).toBe(2);
  });

  it.each([
    { name: 'a terminator', parts: [narrowband(5), TERMINATOR, '111111111'], frames: 1 },
    { name: 'a terminator alone', parts: [TERMINATOR], frames: 0 },
    { name: 'nothing', parts: [], frames: 0 },
    { name: 'a short message', parts: ['011100000', '1', narrowband(3)], frames: 1 },
    { name: 'a long message', parts: ['011101110', '1'.repeat(64), narrowband(3)], frames: 1 },
    { name: 'a custom message', parts: ['011010010', '1'.repeat(21), narrowband(3)], frames: 1 },
    {
      name: 'as many frames as allowed',
      parts: new Array<string>(MAX_SPEEX_FRAMES).fill(narrowband(1)),
      frames: MAX_SPEEX_FRAMES,
    },
    { name: 'one too many', parts: new Array<string>(11).fill(narrowband(1)), frames: 0 },
    { name: 'a mode that does not exist', parts: [binary(9, 5), '1'.repeat(100)], frames: 0 },
    {
      name: 'a layer mode that does not exist',
      parts: [narrowband(1), '1101', '1'.repeat(99)],
      frames: 0,
    },
    { name: 'a layer without its frame', parts: [layer(1)], frames: 0 },
    { name: 'a frame cut off', parts: [narrowband(5).slice(0, 200)], frames: 0 },
    { name: 'a layer cut off', parts: [narrowband(5), layer(4).slice(0, 300)], frames: 0 },
    { name: 'a message cut off', parts: ['011101110', '1'.repeat(15)], frames: 0 },
  ])('with $name has $frames frames', ({ parts, frames }) => {
    expect(framesOf(...parts)).toBe(frames);
  });

  it('is read where it lies', () => {
    const bytes = Uint8Array.of(0xff, ...payload(narrowband(3), narrowband(3)), 0x00);

    expect(speexFrameCount(bytes, 1, bytes.length - 2)).toBe(2);
  });

  it('of any bytes has a bounded count', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const frames = speexFrameCount(bytes, 0, bytes.length);
        expect(frames).toBeGreaterThanOrEqual(0);
        expect(frames).toBeLessThanOrEqual(MAX_SPEEX_FRAMES);
      }),
      { numRuns: 2000 },
    );
  });
});
