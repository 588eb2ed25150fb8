import pg from 'pg';

/** How much there is. Every hundredth call is live. */
export interface Amount {
  readonly calls: number;
  readonly eventsPerCall: number;
}

/** The id of the n-th call, from 1. */
export const callIdOf = (n: number): string => `call_${String(n).padStart(26, '0')}`;

const statements = ({ calls, eventsPerCall }: Amount): readonly string[] => [
  // Foreign keys hold anyway, and are not looked at row by row.
  'SET session_replication_role = replica',
  `INSERT INTO calls (id, call_id, app_key, state, spec, metadata, created_at, state_since, ended_at, node, lease_until,
     verdict, trunk_id, event_seq, answered_at)
   SELECT 'call_' || lpad(n::text, 26, '0'),
     CASE WHEN n % 100 = 0 THEN 'live-' || n ELSE 'show-' || n % 2000 END,
     CASE WHEN n % 2 = 0 THEN 'default' ELSE 'app-' || n % 97 END,
     CASE WHEN n % 100 <> 0 THEN 'ended' WHEN n % 300 = 0 THEN 'queued' ELSE 'up' END,
     '{"to":"sip:room@sip.example.com","from":{"user":"studio"},"media":{"direction":"recvonly","audio":{"codecs":["PCMU"],"sampleRate":44100,"bitrateKbps":64}},"limits":{"ringSeconds":60,"maxSeconds":600,"mediaTimeoutSeconds":30}}',
     jsonb_build_object('show', 'show-' || n % 50, 'order', n::text),
     clock_timestamp() - (${calls} - n) * interval '1 s', clock_timestamp() - (${calls} - n) * interval '1 s',
     CASE WHEN n % 100 <> 0 THEN clock_timestamp() END,
     CASE WHEN n % 100 = 0 AND n % 300 <> 0 THEN 'node_' || n % 7 END,
     CASE WHEN n % 100 = 0 AND n % 300 <> 0 THEN clock_timestamp() + interval '1 day' END,
     CASE WHEN n % 100 = 0 THEN NULL
       WHEN n % 200 = 1 THEN '{"result":"failed","code":"SIP_BUSY","fault":"callee","detail":"busy"}'::jsonb
       ELSE '{"result":"completed","code":"CALL_PEER_LEFT","fault":"none","detail":"left"}' END,
     CASE WHEN n % 3 = 0 THEN 'trunk_' || lpad((n % 20)::text, 26, '0') END, ${eventsPerCall},
     CASE WHEN n % 200 <> 1 THEN clock_timestamp() END
   FROM generate_series(1, ${calls}) n`,
  `INSERT INTO call_labels (app_key, label, created_at, call_id)
   SELECT app_key, call_label(key, value), created_at, id FROM calls, jsonb_each_text(metadata)`,
  `INSERT INTO outputs (id, call_id, place, url, target_hash, holds_target, stream_key, masked_key, state)
   SELECT 'output_' || lpad(n::text, 26, '0'), 'call_' || lpad(n::text, 26, '0'), 0, 'rtmp://live.example.com/live',
     sha256(n::text::bytea), false, '', 'key…', 'closed' FROM generate_series(1, ${calls}) n`,
  `INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
   SELECT 'evt_' || lpad(((n - 1) * ${eventsPerCall} + s)::text, 26, '0'), 'call_' || lpad(n::text, 26, '0'), 'default', s, 0,
     CASE WHEN s = ${eventsPerCall} AND n % 100 <> 0 THEN 'call.ended' ELSE 'media.silent' END, '{"seconds":10}'
   FROM generate_series(1, ${calls}) n, generate_series(1, ${eventsPerCall}) s`,
  'ANALYZE',
];

/** Fills a database that has its tables. @returns Seconds it took. */
export async function seed(databaseUrl: string, amount: Amount): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const startedMs = performance.now();
    for (const text of statements(amount)) await client.query(text);
    return (performance.now() - startedMs) / 1000;
  } finally {
    await client.end();
  }
}
