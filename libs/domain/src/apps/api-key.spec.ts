import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { apiKeyId, crc32, isApiKeyId, newApiKey } from './api-key.ts';

describe('an API key', () => {
  const random = new SeededRandom(7);
  const made = newApiKey(random);
  const text = made.key.reveal();

  it('has a prefix, an id, a secret and a checksum', () => {
    expect(text).toMatch(/^cc_[0-9A-Za-z]{16}_[0-9A-Za-z]{38}$/);
    expect(text.split('_')[1]).toBe(made.id);
    expect(isApiKeyId(made.id)).toBe(true);
    expect(apiKeyId(text)).toBe(made.id);
  });

  it('shows a typing error in every place', () => {
    for (let index = 3; index < text.length; index++) {
      const other = text[index] === 'x' ? 'y' : 'x';
      expect(apiKeyId(text.slice(0, index) + other + text.slice(index + 1))).toBeUndefined();
    }
  });

  it('has the CRC-32 of what is before it in base 62', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const value = Array.from(text.slice(-6)).reduce(
      (sum, digit) => sum * 62 + digits.indexOf(digit),
      0,
    );

    expect(value).toBe(zlibCrc32(text.slice(0, -6)));
  });

  it.each(['', 'cc_', text.slice(0, -1), `${text}0`, ` ${text}`, text.toUpperCase()])(
    'is not %j',
    (other) => {
      expect(apiKeyId(other)).toBeUndefined();
    },
  );

  it('is another one each time', () => {
    const keys = Array.from({ length: 100 }, () => newApiKey(random));

    expect(new Set(keys.map(({ id }) => id)).size).toBe(100);
    expect(new Set(keys.map(({ key }) => key.reveal())).size).toBe(100);
  });
});

describe('CRC-32', () => {
  it('has its check value', () => {
    expect(crc32('123456789')).toBe(0xcb_f4_39_26);
    expect(crc32('')).toBe(0);
  });
});
