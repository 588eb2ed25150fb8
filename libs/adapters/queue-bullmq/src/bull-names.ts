import type { DialJob } from '#domain';

/** The prefix of all keys; the braces keep them in one slot of a Redis Cluster. */
export const PREFIX = '{callcast}';

/** One id for one call and epoch, so that the same job twice is one job. BullMQ does not allow colons in it. */
export const dialJobId = ({ callId, epoch }: DialJob): string => `${callId}-${epoch}`;

/** What every worker of a queue keeps count of in Redis, since jobs that are done are not kept. The points of time are not read. */
export const JOB_COUNTS = { maxDataPoints: 1 } as const;
