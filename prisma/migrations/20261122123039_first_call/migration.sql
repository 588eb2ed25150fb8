-- CreateTable
CREATE TABLE "calls" (
    "id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "app_key" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "node" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "spec" JSONB NOT NULL,
    "metadata" JSONB NOT NULL,
    "sip_password" BYTEA,
    "leg" JSONB,
    "failovers" INTEGER NOT NULL DEFAULT 0,
    "stop_requested_at" TIMESTAMPTZ(3),
    "verdict" JSONB,
    "sip_status" INTEGER NOT NULL DEFAULT 0,
    "media_path" TEXT,
    "event_seq" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "state_since" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "answered_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "calls_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transitions" (
    "call_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "machine" TEXT NOT NULL,
    "from_state" TEXT NOT NULL,
    "to_state" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "node" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "transitions_pkey" PRIMARY KEY ("call_id","version","ordinal")
);

-- CreateTable
CREATE TABLE "commands" (
    "id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "commands_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "app_key" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "position" BIGSERIAL NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "nodes" (
    "id" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "capacity" INTEGER NOT NULL,
    "active_calls" INTEGER NOT NULL,
    "is_draining" BOOLEAN NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "nodes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outputs" (
    "id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "place" INTEGER NOT NULL,
    "url" TEXT NOT NULL,
    "target_hash" BYTEA NOT NULL,
    "holds_target" BOOLEAN NOT NULL DEFAULT true,
    "stream_key" BYTEA NOT NULL,
    "url_credentials" BYTEA,
    "masked_key" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_retry_at" TIMESTAMPTZ(3),
    "published_at" TIMESTAMPTZ(3),
    "fault" JSONB,

    CONSTRAINT "outputs_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "calls_by_state_idx" ON "calls"("state", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "calls_by_app_and_state_idx" ON "calls"("app_key", "state", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "commands_by_call_idx" ON "commands"("call_id");

-- CreateIndex
CREATE INDEX "events_feed_idx" ON "events"("xid", "position");

-- CreateIndex
CREATE UNIQUE INDEX "events_call_seq_key" ON "events"("call_id", "seq");

-- CreateIndex
CREATE INDEX "outputs_by_call_idx" ON "outputs"("call_id");

-- AddForeignKey
ALTER TABLE "transitions" ADD CONSTRAINT "transitions_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "calls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commands" ADD CONSTRAINT "commands_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "calls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "calls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outputs" ADD CONSTRAINT "outputs_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "calls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Partial indexes, written by hand: Prisma's schema cannot tell them.
CREATE INDEX "calls_owned_idx" ON "calls"("node") WHERE (node IS NOT NULL);
CREATE INDEX "calls_waiting_idx" ON "calls"("state_since") WHERE (node IS NULL AND ended_at IS NULL);
CREATE UNIQUE INDEX "calls_live_call_id_key" ON "calls"("call_id", "app_key") WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX "commands_pending_key" ON "commands"("call_id", "type") WHERE (completed_at IS NULL);
CREATE UNIQUE INDEX "events_one_end_key" ON "events"("call_id") WHERE (type = 'call.ended');
CREATE UNIQUE INDEX "outputs_held_target_key" ON "outputs"("target_hash") WHERE (holds_target);
