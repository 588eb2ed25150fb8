import { describe, expect, it } from 'vitest';
import { OPERATOR, includesScope, listedApp, mayKnow } from './caller.ts';
import type { Caller } from './caller.ts';

const ofApp: Caller = { keyId: 'key_1', appKey: 'shop', scope: 'write', allApps: false };

describe('a caller', () => {
  it.each([
    ['read', 'read', true],
    ['read', 'write', false],
    ['read', 'admin', false],
    ['write', 'read', true],
    ['write', 'write', true],
    ['write', 'admin', false],
    ['admin', 'read', true],
    ['admin', 'write', true],
    ['admin', 'admin', true],
  ] as const)('with the scope %s may do what asks for %s: %s', (held, needed, expected) => {
    expect(includesScope(held, needed)).toBe(expected);
  });

  it('knows of what belongs to its app, and of nothing else', () => {
    expect(mayKnow(ofApp, { appKey: 'shop' })).toBe(true);
    expect(mayKnow(ofApp, { appKey: 'default' })).toBe(false);
    expect(mayKnow(ofApp, { appKey: 'Shop' })).toBe(false);
  });

  it('lists its own app, whatever it asks for', () => {
    expect(listedApp(ofApp, undefined)).toBe('shop');
    expect(listedApp(ofApp, 'default')).toBe('shop');
  });

  it('who is an operator knows of all, and lists all or the app asked for', () => {
    expect(mayKnow(OPERATOR, { appKey: 'shop' })).toBe(true);
    expect(listedApp(OPERATOR, undefined)).toBeUndefined();
    expect(listedApp(OPERATOR, 'shop')).toBe('shop');
  });
});
