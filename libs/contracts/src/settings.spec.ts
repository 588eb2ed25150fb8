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

  it.each([
    ['CALLCAST_HTTP', 'CALLCAST_HTTP_HOST or CALLCAST_HTTP_PORT'],
    ['CALLCAST_JITTER', 'CALLCAST_JITTER_MAX_MS'],
    ['CALLCAST_AAC_ENCODER', 'CALLCAST_AAC'],
    ['CALLCAST_WORKER_HTTP', 'CALLCAST_WORKER_HTTP_HOST or CALLCAST_WORKER_HTTP_PORT'],
    ['CALLCAST_ADVERTISED', 'CALLCAST_ADVERTISED_ADDRESS'],
  ])('take %s for the beginning, or too much, of a name', (name, nearest) => {
    expect(unknownSettings({ [name]: '1' })).toEqual([
      `${name} is not a setting; did you mean ${nearest}?`,
    ]);
  });
});
