import { randomBytes, randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';

/*
 * The rival: what somebody writes who wants nothing but the rows and the job. The same tables in one statement of one
 * round trip, the same job, the same fields in the answer. No key, no checks, nothing sealed, no log, no figures.
 */

const POOL_SIZE = 10;

const INSERT = `
  WITH stored AS (
    INSERT INTO calls (id, call_id, app_key, state, spec, metadata, sip_password, event_seq)
    VALUES ($1, $1, 'default', 'queued', $2::jsonb, '{}', $3, 1)
    RETURNING id, created_at
  ), targets AS (
    INSERT INTO outputs (id, url, target_hash, stream_key, masked_key, call_id, place, state)
    SELECT $4, $5, $6, $7, $8, id, 0, 'idle' FROM stored
  ), told AS (
    INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
    SELECT $9, id, 'default', 1, 0, 'call.queued', jsonb_build_object('callId', id) FROM stored
  )
  SELECT created_at FROM stored`;

const SELECT = `
  SELECT c.id, c.call_id, c.app_key, c.state, c.epoch, c.node, c.spec, c.metadata, c.verdict, c.media_path,
    c.created_at, c.answered_at, c.ended_at,
    (SELECT coalesce(json_agg(json_build_object(
       'id', o.id, 'url', o.url, 'streamKey', o.masked_key, 'state', o.state, 'attempts', o.attempts,
       'nextRetryAt', o.next_retry_at, 'audioCodec', o.audio_codec, 'error', o.fault) ORDER BY o.place), '[]'::json)
     FROM outputs o WHERE o.call_id = c.id) AS outputs
  FROM calls c WHERE c.id = $1`;

interface Body {
  readonly to: string;
  readonly auth: { readonly username: string };
  readonly outputs: readonly [{ readonly url: string; readonly streamKey: string }];
}

interface Row {
  readonly id: string;
  readonly call_id: string;
  readonly app_key: string;
  readonly spec: { readonly to: string };
  readonly created_at: Date;
  readonly answered_at: Date | null;
  readonly ended_at: Date | null;
  readonly media_path: string | null;
}

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] ?? '', max: POOL_SIZE });
const queue = new Queue('bare', {
  connection: new Redis(process.env['REDIS_URL'] ?? '', { maxRetriesPerRequest: null }),
  defaultJobOptions: {
    attempts: 3,
    backoff: { type: 'exponential', delay: 500 },
    removeOnComplete: true,
    removeOnFail: true,
  },
});

const viewOf = ({ spec, media_path: path, ...row }: Row) => ({
  ...row,
  callId: row.call_id,
  appKey: row.app_key,
  broadcast: 'waiting',
  to: spec.to,
  createdAt: row.created_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  media: { direction: 'recvonly', path },
});

const server = fastify();

server.post<{ Body: Body }>('/v1/calls', async (request, reply) => {
  const [output] = request.body.outputs;
  const [id, outputId] = [`call_${randomUUID()}`, `out_${randomUUID()}`];
  const { rows } = await pool.query<{ created_at: Date }>({
    name: 'insert',
    text: INSERT,
    values: [
      id,
      JSON.stringify({ to: request.body.to, auth: { username: request.body.auth.username } }),
      randomBytes(48),
      outputId,
      output.url,
      randomBytes(32),
      randomBytes(48),
      output.streamKey.slice(0, 3),
      `evt_${randomUUID()}`,
    ],
  });
  await queue.add('dial', { callId: id, epoch: 0 }, { jobId: `${id}-0` });
  const view = { id, url: output.url, streamKey: '…', state: 'idle', attempts: 0 };
  return await reply.code(202).send({
    id,
    callId: id,
    appKey: 'default',
    state: 'queued',
    epoch: 0,
    node: null,
    broadcast: 'waiting',
    to: request.body.to,
    createdAt: rows[0]?.created_at,
    answeredAt: null,
    endedAt: null,
    verdict: null,
    outputs: [{ ...view, nextRetryAt: null, audioCodec: null, error: null }],
    media: { direction: 'recvonly', path: null },
    metadata: {},
  });
});

server.get<{ Params: { id: string } }>('/v1/calls/:id', async (request, reply) => {
  const values = [request.params.id];
  const { rows } = await pool.query<Row>({ name: 'select', text: SELECT, values });
  const [row] = rows;
  return row === undefined ? await reply.code(404).send({}) : viewOf(row);
});

process.on('SIGTERM', () => process.exit(0));
await queue.waitUntilReady();
const url = await server.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ event: 'api.ready', url }));
