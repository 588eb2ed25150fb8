import { describe, expect, it } from 'vitest';
import { isHookSecret } from './hook-secret.ts';

const ofBytes = (count: number): string => `whsec_${Buffer.alloc(count, 7).toString('base64')}`;

describe('secrets of hooks', () => {
  it.each([24, 25, 26, 32, 63, 64])('have %i bytes', (count) => {
    expect(isHookSecret(ofBytes(count))).toBe(true);
  });

  it.each([
    ofBytes(23),
    ofBytes(65),
    ofBytes(32).slice('whsec_'.length),
    `${ofBytes(32)}=`,
    ofBytes(32).replace('B', '-'),
    ofBytes(32).slice(0, -1),
    'whsec_',
    '',
  ])('are not like %j', (text) => {
    expect(isHookSecret(text)).toBe(false);
  });
});
