import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret, systemRandom } from '#foundation';
import { SeededRandom } from '#testkit';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import { SecretBox } from './secret-box.ts';
import { deriveKeys } from './store-keys.ts';

const keyOf = (fill: number): Buffer => Buffer.alloc(32, fill);
const place = { column: SEALED_COLUMNS.streamKey, tenant: 'app', rowId: 'out_1' };
const box = new SecretBox([keyOf(1)], systemRandom);

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

    expect(sealed.subarray(0, 5)).toEqual(box.currentPrefix);
    expect(new SecretBox([keyOf(2)], systemRandom).currentPrefix).not.toEqual(box.currentPrefix);
    expect(sealed.toString('latin1')).not.toContain('streamName');
    expect(sealed).toHaveLength(1 + 4 + 12 + 16 + 'streamName'.length);
  });

  it('differs from another one of the same text', () => {
    const secret = new Secret('streamName');

    expect(box.seal(secret, place)).not.toEqual(box.seal(secret, place));
  });

  const elsewhere = [
    { name: 'another table', other: { ...place, column: { ...place.column, table: 'calls' } } },
    { name: 'a row of another app', other: { ...place, tenant: 'bpp' } },
    { name: 'another row', other: { ...place, rowId: 'out_2' } },
    { name: 'another column', other: { ...place, column: SEALED_COLUMNS.urlCredentials } },
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
    const stranger = new SecretBox([keyOf(2)], new SeededRandom(1));

    expect(() => stranger.open(sealed, place)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

describe('several keys', () => {
  it('open what each has sealed, and the first seals', () => {
    const old = box.seal(new Secret('streamName'), place);
    const both = new SecretBox([keyOf(2), keyOf(1)], systemRandom);

    expect(both.open(old, place)).toBe('streamName');
    expect(both.currentPrefix).toEqual(new SecretBox([keyOf(2)], systemRandom).currentPrefix);
    expect(both.open(both.seal(new Secret('streamName'), place), place)).toBe('streamName');
  });

  /** Sealed by the first version: key 1, `outputs|out_1|streamKey`, without app and with one byte of key id. */
  it('open what the first version has sealed', () => {
    const nonce = Buffer.alloc(12, 5);
    const cipher = createCipheriv('aes-256-gcm', keyOf(1), nonce).setAAD(
      Buffer.from('outputs|out_1|streamKey'),
    );
    const body = Buffer.concat([cipher.update('streamName', 'utf8'), cipher.final()]);
    const keyId = createHash('sha256').update(keyOf(1)).digest().subarray(0, 1);
    const sealed = Buffer.concat([keyId, nonce, cipher.getAuthTag(), body]);

    expect(box.open(sealed, place)).toBe('streamName');
    expect(() => box.open(sealed, { ...place, rowId: 'out_2' })).toThrow('is broken');
  });

  it('cannot be taken for one another by bars in the names', () => {
    const sealed = box.seal(new Secret('x'), { ...place, tenant: 'a|outputs', rowId: 'b' });

    expect(() => box.open(sealed, { ...place, tenant: 'a', rowId: 'outputs|b' })).toThrow(
      expect.objectContaining({ name: 'Fault' }),
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
