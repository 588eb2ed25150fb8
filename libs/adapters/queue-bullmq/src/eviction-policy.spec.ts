import { describe, expect, it } from 'vitest';
import { evictionPolicyOf } from './eviction-policy.ts';

describe('the eviction policy', () => {
  const texts = [
    { info: '# Memory\r\nused_memory:1\r\nmaxmemory_policy:noeviction\r\n', policy: 'noeviction' },
    { info: 'maxmemory_policy:allkeys-lru\n', policy: 'allkeys-lru' },
    { info: '# Memory\r\nused_memory:1\r\n', policy: undefined },
  ];

  it.each(texts)('of $info is $policy', ({ info, policy }) => {
    expect(evictionPolicyOf(info)).toBe(policy);
  });
});
