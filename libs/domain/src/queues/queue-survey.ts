/** How a queue stands. */
export interface QueueState {
  /** Where it is kept. */
  readonly store: 'postgres' | 'redis';
  readonly queue: string;
  /** Ready to be taken. */
  readonly waiting: number;
  /** To be taken at a later time. */
  readonly delayed: number;
  /** Taken, and not done. */
  readonly active: number;
  /** How long the one has been waiting that is to be taken next, in seconds; 0 where none waits. */
  readonly oldestSeconds: number;
  /** Given up: of a table those that are still kept, in Redis all since it was empty; null where nothing is given up. */
  readonly failed: number | null;
}

/** Looks at queues. */
export interface QueueSurvey {
  /** @throws When what keeps them cannot be reached. */
  survey(): Promise<readonly QueueState[]>;
}

/** More than this many are not counted, so that looking stays cheap however long a queue is. */
export const SURVEY_LIMIT = 100_000;
