import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HmacCursorSeal } from './cursor-seal.ts';

const seal = new HmacCursorSeal({ key: Buffer.alloc(32, 1) });

describe('a sealed cursor', () => {
  it('is opened for its own list, with the key it was made with', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 100 }), fc.string(), (place, list) => {
        const text = seal.seal(list, place);

        expect(text).toMatch(/^[\w-]+$/);
        expect(seal.open(list, text)).toBe(place);
        expect(seal.open(`${list}x`, text)).toBeNull();
        expect(new HmacCursorSeal({ key: Buffer.alloc(32, 2) }).open(list, text)).toBeNull();
      }),
    );
  });

  it('is not opened when a character of it is another one', () => {
    const text = seal.seal('calls', '1700000000000-call_0');

    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(seal.open('calls', `${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeNull();
    }
  });

  it('is no other text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.base64String(), fc.constant('A'.repeat(600))),
        (text) => {
          expect(seal.open('calls', text)).toBeNull();
        },
      ),
    );
  });
});
