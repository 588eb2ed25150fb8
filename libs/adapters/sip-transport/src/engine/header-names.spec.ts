import { describe, expect, it } from 'vitest';
import { usualHeaderName } from './header-names.ts';

describe('the usual spelling of a header name', () => {
  it.each([
    ['subject', 'Subject'],
    ['session-expires', 'Session-Expires'],
    ['p-asserted-identity', 'P-Asserted-Identity'],
    ['rack', 'RAck'],
    ['www-authenticate', 'WWW-Authenticate'],
    ['x-color', 'x-color'],
    ['X-color', 'X-color'],
    ['SUBJECT', 'SUBJECT'],
    ['user-Agent', 'user-Agent'],
  ])('of %s is %s', (given, expected) => {
    expect(usualHeaderName(given)).toBe(expected);
  });
});
