import { describe, expect, it } from 'vitest';
import { capacityFor, costOfCall } from '../index.ts';
import type { CallSpec } from '../index.ts';

type Media = CallSpec['media'];

const media = (audio: Partial<Media['audio']> = {}, rest: Partial<Media> = {}) => ({
  media: {
    direction: 'recvonly' as const,
    audio: { codecs: ['PCMU' as const], sampleRate: 44_100 as const, bitrateKbps: 64, ...audio },
    ...rest,
  },
});

describe('the cost of a call', () => {
  it('is one for the plainest', () => {
    expect(costOfCall(media(), 1)).toBe(1);
    expect(costOfCall(media({ codecs: ['PCMA'] }), 1)).toBe(1);
  });

  it('grows with channels, encryption, and every output but the first', () => {
    expect(costOfCall(media({ channels: 2 }), 1)).toBeCloseTo(1.11, 6);
    expect(costOfCall(media({}, { srtp: 'required' }), 1)).toBeCloseTo(1.4, 6);
    expect(costOfCall(media(), 3)).toBeCloseTo(1.6, 6);
  });

  it('does not depend on the rate of the stream', () => {
    expect(costOfCall(media({ sampleRate: 48_000 }), 1)).toBe(1);
    expect(costOfCall(media({ sampleRate: 16_000 }), 1)).toBe(1);
  });

  it('is that of the codec that is preferred; one that is not known is dear', () => {
    const opus = costOfCall(media({ codecs: ['opus', 'PCMU'] }), 1);

    expect(opus).toBeCloseTo(1.966, 6);
    expect(costOfCall(media({ codecs: ['G722'] }), 1)).toBeCloseTo(2.033, 6);
    expect(costOfCall(media({ codecs: ['opus'], channels: 2 }), 1)).toBeCloseTo(2.142, 6);
    expect(costOfCall(media({ codecs: ['new'] as unknown as ['PCMU'] }), 1)).toBeGreaterThan(opus);
  });
});

describe('the capacity of a node', () => {
  it.each([
    { name: 'a usual machine', coresPerCall: 0.0055, capacity: 145 },
    { name: 'a call for which there is hardly room', coresPerCall: 0.79, capacity: 1 },
    { name: 'a call that is too much', coresPerCall: 3, capacity: 1 },
    { name: 'a call that costs next to nothing', coresPerCall: 1e-9, capacity: 10_000 },
    { name: 'a call that costs nothing', coresPerCall: 0, capacity: 10_000 },
    { name: 'no measurement', coresPerCall: Number.NaN, capacity: 1 },
  ])('is $capacity for $name', ({ coresPerCall, capacity }) => {
    expect(capacityFor(coresPerCall)).toBe(capacity);
  });
});
