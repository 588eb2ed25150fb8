import { describe, expect, it } from 'vitest';
import { NetstringReader, buildNetstring } from './netstring.ts';

describe('netstrings', () => {
  it('are cut out of a stream wherever its pieces end', () => {
    const bytes = Buffer.from(buildNetstring('{"a":"ü"}') + buildNetstring('') + '3:abc');
    const reader = new NetstringReader();

    const texts = [...bytes].flatMap((byte) => reader.read(Buffer.from([byte])));

    expect(texts).toEqual(['{"a":"ü"}', '']);
    expect(reader.read(Buffer.from(','))).toEqual(['abc']);
  });

  it.each(['x:abc,', '3:abcd', '1234567', ':,'])('%s is none', (text) => {
    expect(() => new NetstringReader().read(Buffer.from(text))).toThrow('no netstring');
  });
});
