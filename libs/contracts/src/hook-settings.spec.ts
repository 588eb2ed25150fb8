import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hookSettings, hookTargetsOf } from './hook-settings.ts';
import { targetSettings } from './target-settings.ts';

const schema = z.object({ ...hookSettings, ...targetSettings });
const targetsOf = (environment: Record<string, string>) => hookTargetsOf(schema.parse(environment));

describe('the settings of hooks', () => {
  it('allow the public Internet on four ports', () => {
    const targets = targetsOf({ CALLCAST_HOOKS_ALLOW: '', CALLCAST_HOOKS_PORTS: '' });

    expect(targets.refusalOfUrl('https://example.com/hook')).toBeUndefined();
    expect(targets.refusalOfUrl('https://example.com:8443/hook')).toBeUndefined();
    expect(targets.refusalOfUrl('https://example.com:9443/hook')).toBe(
      'must use one of the ports 443, 80, 8443, 8080',
    );
    expect(targets.refusalOfUrl('https://10.0.0.1/')).toEqual(expect.any(String));
  });

  it('name receivers in private networks, and other ports', () => {
    const targets = targetsOf({
      CALLCAST_HOOKS_ALLOW: '10.0.0.0/8, sink.internal',
      CALLCAST_HOOKS_PORTS: '443, 9000',
    });

    expect(targets.refusalOfUrl('http://10.0.0.1:9000/')).toBeUndefined();
    expect(targets.refusalOfUrl('http://sink.internal:9000/')).toBeUndefined();
    expect(targets.refusalOfUrl('http://sink.internal/')).toEqual(expect.any(String));
  });

  it('allow everything and every port where private targets are allowed', () => {
    const targets = targetsOf({ CALLCAST_ALLOW_PRIVATE_TARGETS: 'true' });

    expect(targets.refusalOfUrl('http://127.0.0.1:41234/')).toBeUndefined();
  });

  it.each([
    { CALLCAST_HOOKS_ALLOW: '10.0.0.0/33' },
    { CALLCAST_HOOKS_ALLOW: 'http://sink' },
    { CALLCAST_HOOKS_ALLOW: '10.0.0.1,' },
    { CALLCAST_HOOKS_PORTS: '0' },
    { CALLCAST_HOOKS_PORTS: '443;80' },
    { CALLCAST_HOOKS_PORTS: '70000' },
  ])('refuse %j', (environment) => {
    expect(schema.safeParse(environment).success).toBe(false);
  });
});
