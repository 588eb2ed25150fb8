import { describe, expect, it } from 'vitest';
import { callLifecycle, outputLifecycle, verdictOf } from '#domain';
import { wcsStatusOf, wcsStreamStatusOf } from './wcs-status.ts';

/** CALL_STATUS and STREAM_STATUS of the WCS client. */
const CALL_WORDS =
  'NEW PENDING TRYING RING RING_MEDIA SESSION_PROGRESS ESTABLISHED HOLD BUSY FINISH FAILED';
const STREAM_WORDS =
  'NEW PENDING PUBLISHING PLAYING PAUSED UNPUBLISHED STOPPED FAILED PLAYBACK_PROBLEM';

describe('the WCS status', () => {
  it('has a word of the WCS client for every state', () => {
    for (const state of callLifecycle.states) {
      expect(CALL_WORDS.split(' ')).toContain(wcsStatusOf({ state, verdict: null }));
    }
    for (const state of outputLifecycle.states) {
      expect(STREAM_WORDS.split(' ')).toContain(wcsStreamStatusOf(state));
    }
  });

  it.each([
    [verdictOf('failed', 'SIP_BUSY'), 'BUSY'],
    [verdictOf('failed', 'SIP_NOT_FOUND'), 'FAILED'],
    [verdictOf('canceled', 'CALL_CANCELED'), 'FINISH'],
    [verdictOf('completed', 'CALL_PEER_LEFT'), 'FINISH'],
    [null, 'FINISH'],
  ])('of a call that ends tells the verdict: %j', (verdict, word) => {
    expect(wcsStatusOf({ state: 'ending', verdict })).toBe(word);
    expect(wcsStatusOf({ state: 'ended', verdict })).toBe(word);
  });

  it('of a call that lives does not', () => {
    expect(wcsStatusOf({ state: 'up', verdict: verdictOf('failed', 'SIP_BUSY') })).toBe(
      'ESTABLISHED',
    );
  });
});
