import { describe, expect, it } from 'vitest';
import { stagesOf, wordsOfStage } from './media-path.ts';

describe('the media path', () => {
  it('is cut where it leads on, not within a stage', () => {
    expect(stagesOf('rtp > jitter(60ms) > opus(a > b) > fan-out(list)')).toEqual([
      'rtp',
      'jitter(60ms)',
      'opus(a > b)',
      'fan-out(list)',
    ]);
  });

  it('is shown as it is where it makes no sense', () => {
    expect(stagesOf('a) > (b > c')).toEqual(['a)', '(b > c']);
    expect(stagesOf('')).toEqual([]);
  });

  it('is told in plain words', () => {
    expect(wordsOfStage('jitter(60ms)')).toBe('Jitter buffer');
    expect(wordsOfStage('video(h264)')).toBe('video');
    expect(wordsOfStage('constructor')).toBe('constructor');
  });
});
