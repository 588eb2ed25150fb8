import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret, systemRandom } from '#foundation';
import { SeededRandom } from '#testkit';
import { SecretBox } from './secret-box.ts';
import { deriveKeys } from './store-keys.ts';

const keyOf = (fill: number): Buffer => Buffer.alloc(32, fill);
const place = { table: 'outputs', rowId: 'out_1', field: 'streamKey' };
const box = new SecretBox(keyOf(1), systemRandom);

describe('a sealed secret', () => {
  it('opens to what it was, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        expect(box.open(box.seal(new Secret(text), place), place)).toBe(text);
      }),
    );
  });

  it('starts with the id of its key and hides its text', () => {
    const sealed = box.seal(new Secret('streamName'), place);

    expect(sealed[0]).toBe(box.seal(new Secret('another'), place)[0]);
    expect(sealed.toString('latin1')).not.toContain('streamName');
    expect(sealed).toHaveLength(1 + 12 + 16 + 'streamName'.length);
  });

  it('differs from another one of the same text', () => {
    const secret = new Secret('streamName');

    expect(box.seal(secret, place)).not.toEqual(box.seal(secret, place));
  });

  const elsewhere = [
    { name: 'another table', other: { ...place, table: 'calls' } },
    { name: 'another row', other: { ...place, rowId: 'out_2' } },
    { name: 'another column', other: { ...place, field: 'urlCredentials' } },
  ];

  it.each(elsewhere)('does not open in $name', ({ other }) => {
    const sealed = box.seal(new Secret('streamName'), place);

    expect(() => box.open(sealed, other)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('that lost or changed any byte does not open', () => {
    const sealed = box.seal(new Secret('streamName'), place);
    const refusal = expect.objectContaining({ name: 'Fault' });

    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => box.open(changed, place)).toThrow(refusal);
      expect(() => box.open(sealed.subarray(0, at), place)).toThrow(refusal);
    }
  });

  it('says that it needs another key', () => {
    const sealed = box.seal(new Secret('streamName'), place);
    const stranger = new SecretBox(keyOf(2), new SeededRandom(1));

    expect(() => stranger.open(sealed, place)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

describe('the secret key', () => {
  it.each(['', 'short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
    'must be 32 bytes in base64, not %j',
    (text) => {
      expect(() => deriveKeys(new Secret(text))).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    },
  );

  it('gives each purpose a key of its own, always the same', () => {
    const master = new Secret(keyOf(7).toString('base64'));

    const keys = deriveKeys(master);

    expect(keys).toEqual(deriveKeys(master));
    expect(keys.seal).not.toEqual(keys.targetHash);
    expect(keys.seal).not.toEqual(keyOf(7));
  });
});
