import { describe, expect, it } from 'vitest';
import { endsCall } from './response-effect.ts';

const ALL_STATUSES = Array.from({ length: 600 }, (_, index) => index + 100);
/** RFC 5057 section 5.1: what destroys the usage or the dialog, which for a call is the same. */
const LOST = [404, 408, 410, 416, 480, 481, 482, 483, 484, 485, 502, 604];

const endingStatuses = (method: string): readonly number[] =>
  ALL_STATUSES.filter((status) => endsCall(method, status));

describe('a response to a request within a call', () => {
  it.each(['INFO', 'UPDATE', 'MESSAGE', 'REFER', 'NOTIFY'])(
    'to %s ends the call when it says that the call is lost',
    (method) => {
      expect(endingStatuses(method)).toEqual(LOST);
    },
  );

  it('to INVITE ends the call as well when it says that there are no INVITEs', () => {
    expect(endingStatuses('INVITE')).toEqual([...LOST, 405].sort((a, b) => a - b));
  });

  it('to OPTIONS ends the call only when it says that there is none', () => {
    expect(endingStatuses('OPTIONS')).toEqual([481]);
  });

  it('to BYE ends the call whatever it says, but for a challenge', () => {
    const others = ALL_STATUSES.filter((status) => !endsCall('BYE', status));

    expect(others.filter((status) => status >= 200)).toEqual([401, 407]);
    expect(others.filter((status) => status < 200)).toHaveLength(100);
  });

  it.each(['CANCEL', 'ACK', 'PRACK'])('to %s ends nothing', (method) => {
    expect(endingStatuses(method)).toEqual([]);
  });
});
