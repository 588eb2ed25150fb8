import { describe, expect, it } from 'vitest';
import { broadcastOf } from './broadcast.ts';

describe('the broadcast', () => {
  it('waits until an output publishes', () => {
    expect(broadcastOf('up', [{ state: 'connecting', hasPublished: false }])).toBe('waiting');
  });

  it('is live while one of several outputs publishes', () => {
    const outputs = [
      { state: 'retrying', hasPublished: true },
      { state: 'publishing', hasPublished: true },
    ] as const;

    expect(broadcastOf('held', outputs)).toBe('live');
  });

  it('is interrupted when all that had published are away', () => {
    expect(broadcastOf('up', [{ state: 'retrying', hasPublished: true }])).toBe('interrupted');
  });

  it('is over with the call', () => {
    expect(broadcastOf('ended', [{ state: 'publishing', hasPublished: true }])).toBe('over');
  });
});
