import { describe, expect, it } from 'vitest';
import { Fault } from '../errors/fault.ts';
import { healthAfter } from './trunk-health.ts';
import type { ProbeOutcome } from './trunk-probe.ts';

const answered = (status: number): ProbeOutcome => ({
  kind: 'answered',
  status,
  reason: 'Reason',
  roundTripMs: 12,
  login: 'notAsked',
});

const SILENCE: ProbeOutcome = {
  kind: 'failed',
  fault: new Fault('SIP_UNREACHABLE', { detail: 'nothing came back' }),
};

const below = (limit: number): number => limit - 1;

describe('the health of a trunk', () => {
  it.each([200, 401, 404, 405, 481, 501, 603])('is up when it answers %i', (status) => {
    expect(healthAfter({ state: 'down', failures: 7 }, answered(status), below)).toEqual({
      state: 'up',
      failures: 0,
      roundTripMs: 12,
      reason: `${status} Reason`,
      nextCheckMs: 54_999,
    });
  });

  it.each([
    ['nothing', SILENCE, 'nothing came back'],
    ['500', answered(500), '500 Reason'],
    ['503', answered(503), '503 Reason'],
  ])('is down at the second %s in a row', (_, outcome, reason) => {
    const first = healthAfter({ state: 'up', failures: 0 }, outcome, below);
    const second = healthAfter(first, outcome, below);

    expect(first).toMatchObject({ state: 'up', failures: 1, reason, nextCheckMs: 10_000 });
    expect(second).toMatchObject({ state: 'down', failures: 2, reason, nextCheckMs: 54_999 });
  });

  it('is looked at every 35 to 55 s', () => {
    const { nextCheckMs } = healthAfter({ state: 'up', failures: 0 }, answered(200), () => 0);

    expect(nextCheckMs).toBe(35_000);
  });
});
