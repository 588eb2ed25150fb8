import { describe, expect, it } from 'vitest';
import { ChildStartError } from './child-app.ts';

describe('the failure to start a process', () => {
  it('tells the reason that the process gave, and no raw log lines', () => {
    const lines = [
      '{"level":"info","event":"signaling.started"}',
      '{"level":"error","event":"signaling.start_failed","detail":"CALLCAST_SIP_TLS: no"}',
    ];

    expect(new ChildStartError('signaling did not start', lines).message).toBe(
      'signaling did not start: CALLCAST_SIP_TLS: no',
    );
  });

  it('tells all that the process said when there is no reason among it', () => {
    expect(new ChildStartError('worker did not start', ['node: bad option']).message).toBe(
      'worker did not start\nnode: bad option',
    );
  });
});
