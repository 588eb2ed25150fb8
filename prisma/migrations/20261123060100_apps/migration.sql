-- CreateTable
CREATE TABLE "apps" (
    "app_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "max_calls" INTEGER,
    "max_queued" INTEGER,
    "max_calls_per_second" DOUBLE PRECISION,
    "max_requests_per_second" DOUBLE PRECISION,
    "max_key_requests_per_second" DOUBLE PRECISION,
    "sip_domains" JSONB,
    "rtmp_hosts" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "apps_pkey" PRIMARY KEY ("app_key")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "app_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "all_apps" BOOLEAN NOT NULL DEFAULT false,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_gates" (
    "app_key" TEXT NOT NULL,
    "tokens" DOUBLE PRECISION NOT NULL,
    "refilled_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "app_gates_pkey" PRIMARY KEY ("app_key")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "actor_key_id" TEXT NOT NULL,
    "actor_app" TEXT NOT NULL,
    "app_key" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "object" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "api_keys_by_app_idx" ON "api_keys"("app_key", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_log_by_app_idx" ON "audit_log"("app_key", "id" DESC);

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_app_key_fkey" FOREIGN KEY ("app_key") REFERENCES "apps"("app_key") ON DELETE RESTRICT ON UPDATE CASCADE;

-- The app of the bootstrap key.
INSERT INTO "apps" ("app_key", "name") VALUES ('default', 'Default');

-- The audit trail is append-only.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "audit_log_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- Lets a new call of an app pass and returns the app, or raises LC001 (as many live calls as it may have), LC002 (as many in the
-- queue), LC003 (too fast), with the seconds to wait as the hint. Locks the app's gate until the end of the transaction, so that
-- no two calls pass at once. The function is volatile: each of its queries sees what was committed before it, also behind
-- the lock. Limits of 0 are none.
CREATE FUNCTION "admit_call"(app text, limits jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    max_calls bigint := (limits ->> 'maxCalls')::bigint;
    max_queued bigint := (limits ->> 'maxQueued')::bigint;
    per_second double precision := (limits ->> 'maxCallsPerSecond')::double precision;
    live_states text[] := ARRAY(SELECT jsonb_array_elements_text(limits -> 'liveStates'));
    burst double precision := greatest(per_second, 1);
    left_over double precision;
BEGIN
    INSERT INTO app_gates (app_key, tokens, refilled_at) VALUES (app, burst, clock_timestamp()) ON CONFLICT DO NOTHING;
    PERFORM FROM app_gates WHERE app_key = app FOR UPDATE;
    IF max_calls > 0 AND (
        SELECT count(*) FROM (SELECT FROM calls WHERE app_key = app AND state = ANY (live_states) LIMIT max_calls) found
    ) >= max_calls THEN
        RAISE EXCEPTION 'as many live calls as the app may have' USING ERRCODE = 'LC001', HINT = '5';
    END IF;
    IF max_queued > 0 AND (
        SELECT count(*) FROM (SELECT FROM calls WHERE app_key = app AND state = 'queued' LIMIT max_queued) found
    ) >= max_queued THEN
        RAISE EXCEPTION 'as many calls in the queue as the app may have' USING ERRCODE = 'LC002', HINT = '5';
    END IF;
    IF per_second > 0 THEN
        -- The stored time may have been rounded up.
        SELECT least(burst, tokens + per_second * greatest(0, extract(epoch FROM clock_timestamp() - refilled_at))) INTO left_over
        FROM app_gates WHERE app_key = app;
        IF left_over < 1 THEN
            RAISE EXCEPTION 'more calls per second than the app may place'
            USING ERRCODE = 'LC003', HINT = ceil((1 - left_over) / per_second)::text;
        END IF;
        UPDATE app_gates SET tokens = left_over - 1, refilled_at = clock_timestamp() WHERE app_key = app;
    END IF;
    RETURN app;
END $$;
