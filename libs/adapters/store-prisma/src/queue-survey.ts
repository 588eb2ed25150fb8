import { SURVEY_LIMIT } from '#domain';
import type { QueueState, QueueSurvey } from '#domain';
import type { Database, Statement } from './database.ts';

/** So many rows at most, of an index that holds no others. */
const count = (rows: string): string =>
  `(SELECT count(*)::int FROM (SELECT FROM ${rows} LIMIT ${SURVEY_LIMIT}) counted)`;

/** Seconds since then; 0 where there is none. */
const ageOf = (time: string): string =>
  `coalesce(greatest(0, extract(epoch FROM clock_timestamp() - (${time}))), 0)::float8`;

const WAITING_CALLS = 'calls WHERE node IS NULL AND ended_at IS NULL AND next_dial_at IS NULL';
const LATER_CALLS = 'calls WHERE node IS NULL AND ended_at IS NULL AND next_dial_at IS NOT NULL';
const OPEN_COMMANDS = 'commands WHERE completed_at IS NULL';
const LANES = 'hook_lanes WHERE lease_until IS NULL AND next_at';

/** What waits in the tables, each queue by the index of those who take from it. */
const SURVEY: Statement = {
  name: 'queue-survey',
  text: `
  SELECT 'calls' AS queue, ${count(WAITING_CALLS)} AS waiting, ${count(LATER_CALLS)} AS delayed,
    ${count('calls WHERE node IS NOT NULL')} AS active,
    ${ageOf(`SELECT min(state_since) FROM ${WAITING_CALLS}`)} AS oldest, NULL::int AS failed
  UNION ALL
  SELECT 'commands', ${count(`${OPEN_COMMANDS} AND state = 'pending'`)}, 0,
    ${count(`${OPEN_COMMANDS} AND state <> 'pending'`)},
    ${ageOf(`SELECT min(created_at) FROM ${OPEN_COMMANDS} AND state = 'pending'`)}, NULL
  UNION ALL
  SELECT 'hooks', ${count(`${LANES} <= clock_timestamp()`)}, ${count(`${LANES} > clock_timestamp()`)},
    ${count('hook_lanes WHERE lease_until IS NOT NULL')},
    ${ageOf(`SELECT min(next_at) FROM ${LANES} <= clock_timestamp()`)},
    ${count("hook_deliveries WHERE state = 'failed'")}`,
};

interface SurveyRow {
  readonly queue: string;
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly oldest: number;
  readonly failed: number | null;
}

/** Looks at the queues that are tables: calls, their commands, and what endpoints are to be told (a lane is one call at one of them). */
export class PrismaQueueSurvey implements QueueSurvey {
  constructor(private readonly database: Database) {}

  async survey(): Promise<readonly QueueState[]> {
    const rows = await this.database.query<SurveyRow>(SURVEY, []);
    return rows.map(({ oldest, ...row }) => ({ ...row, store: 'postgres', oldestSeconds: oldest }));
  }
}
