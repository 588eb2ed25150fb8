import { describe, expect, it } from 'vitest';
import { Rejection } from '../http/rejection.ts';
import { readKeyHeader } from './key-header.ts';

describe('an Idempotency-Key', () => {
  it.each([
    [undefined, undefined],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    // The example of the draft, section 2.1.
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [' padded ', 'padded'],
    ['"with space, and comma"', 'with space, and comma'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('%j is the key %j', (header, key) => {
    expect(readKeyHeader(header)).toBe(key);
  });

  it.each([
    '',
    '""',
    '"open',
    'a"b',
    // Two headers, which Node joins.
    'one, two',
    'with space',
    '"\\n"',
    'schlüssel',
    'a\u0000b',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
  ])('%j is none', (header) => {
    expect(() => readKeyHeader(header)).toThrow(Rejection);
  });
});
