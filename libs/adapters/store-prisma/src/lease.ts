/** How long a node may run a call without renewing, in milliseconds on the database's clock. */
export const LEASE_MS = 6_000;

/** How long a new owner waits after the lease has run out, in milliseconds. */
export const TAKEOVER_WAIT_MS = 1_000;

/**
 * How long a call that was given to a certain node waits for it alone, in milliseconds. Not longer than calls without a job
 * wait for the reconciler, which then gives it to any node.
 */
export const PREFERENCE_MS = 2_000;

/** How many nodes a call may lose; with the next one it ends. */
export const MAX_FAILOVERS = 5;
