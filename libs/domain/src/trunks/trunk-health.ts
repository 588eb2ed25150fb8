import type { TrunkHealth } from './trunk.ts';
import type { ProbeOutcome } from './trunk-probe.ts';

/** From one OPTIONS to the next, in milliseconds; the jitter spreads trunks that were created together. */
const CHECK_MS = 45_000;
const CHECK_JITTER_MS = 10_000;
/** A first failure is looked at again soon: a packet may have been lost. */
const DOUBT_MS = 10_000;
/** Failures in a row after which a trunk is down. */
const FAILURES_TO_DOWN = 2;

/** What is known of a trunk before a check. */
export interface HealthBefore {
  readonly state: TrunkHealth['state'];
  /** Checks that failed, in a row. */
  readonly failures: number;
}

/** What is known after it. */
export interface HealthAfter extends HealthBefore {
  /** Null where nothing answered. */
  readonly roundTripMs: number | null;
  readonly reason: string;
  readonly nextCheckMs: number;
}

/** Who answers is there, whatever it says; but 5xx is a server that cannot, except 501: it only does not know OPTIONS. */
const isUp = ({ status }: Extract<ProbeOutcome, { kind: 'answered' }>): boolean =>
  status < 500 || status >= 600 || status === 501;

/**
 * What a check says of a trunk: one answer makes it up, two failures in a row make it down.
 * @param below A random integer from 0 to the argument, without it.
 */
export function healthAfter(
  before: HealthBefore,
  probe: ProbeOutcome,
  below: (limit: number) => number,
): HealthAfter {
  const reason =
    probe.kind === 'answered' ? `${probe.status} ${probe.reason}`.trim() : probe.fault.detail;
  const roundTripMs = probe.kind === 'answered' ? probe.roundTripMs : null;
  const nextCheckMs = CHECK_MS - CHECK_JITTER_MS + below(2 * CHECK_JITTER_MS);
  if (probe.kind === 'answered' && isUp(probe)) {
    return { state: 'up', failures: 0, roundTripMs, reason, nextCheckMs };
  }
  const failures = before.failures + 1;
  if (failures >= FAILURES_TO_DOWN) {
    return { state: 'down', failures, roundTripMs, reason, nextCheckMs };
  }
  return { state: before.state, failures, roundTripMs, reason, nextCheckMs: DOUBT_MS };
}
