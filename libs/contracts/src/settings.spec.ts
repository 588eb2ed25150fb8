import { describe, expect, it } from 'vitest';
import { unknownSettings } from './settings.ts';

describe('the settings', () => {
  it('are taken when they are known, and other names are left alone', () => {
    expect(unknownSettings({ CALLCAST_HTTP_PORT: '1', PATH: '/bin' })).toEqual([]);
  });

  it('stop the start on a typing error, with the nearest name', () => {
    expect(unknownSettings({ CALLCAST_HTTP_PROT: '1' })).toEqual([
      'CALLCAST_HTTP_PROT is not a setting; did you mean CALLCAST_HTTP_PORT?',
    ]);
  });
});
