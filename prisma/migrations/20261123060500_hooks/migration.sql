-- CreateTable
CREATE TABLE "hooks" (
    "id" TEXT NOT NULL,
    "app_key" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "events" TEXT[],
    "dialect" TEXT NOT NULL DEFAULT 'standard',
    "secret" BYTEA NOT NULL,
    "previous_secret" BYTEA,
    "previous_until" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "hooks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_lanes" (
    "hook_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "lease_until" TIMESTAMPTZ(3),
    "fence" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "hook_lanes_pkey" PRIMARY KEY ("hook_id","call_id")
);

-- CreateTable
CREATE TABLE "hook_deliveries" (
    "id" TEXT NOT NULL,
    "hook_id" TEXT NOT NULL,
    "app_key" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL DEFAULT 0,
    "path" TEXT NOT NULL DEFAULT '',
    "type" TEXT NOT NULL,
    "body" BYTEA NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) DEFAULT clock_timestamp(),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "hook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_attempts" (
    "id" BIGSERIAL NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "duration_ms" INTEGER NOT NULL,
    "status" INTEGER,
    "reason" TEXT,
    "detail" TEXT,
    "request_headers" JSONB NOT NULL,
    "answer_headers" JSONB,
    "answer_body" BYTEA,

    CONSTRAINT "hook_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_relay" (
    "id" INTEGER NOT NULL,
    "xid" xid8 NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "hook_relay_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "hooks_by_app_idx" ON "hooks"("app_key", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "hook_lanes_due_idx" ON "hook_lanes"("hook_id", "next_at");

-- CreateIndex
CREATE UNIQUE INDEX "hook_deliveries_event_key" ON "hook_deliveries"("hook_id", "event_id", "ordinal");

-- CreateIndex
CREATE INDEX "hook_deliveries_by_hook_idx" ON "hook_deliveries"("hook_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "hook_deliveries_settled_idx" ON "hook_deliveries"("settled_at");

-- CreateIndex
CREATE INDEX "hook_attempts_by_delivery_idx" ON "hook_attempts"("delivery_id", "id");

-- AddForeignKey
ALTER TABLE "hook_lanes" ADD CONSTRAINT "hook_lanes_hook_id_fkey" FOREIGN KEY ("hook_id") REFERENCES "hooks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hook_deliveries" ADD CONSTRAINT "hook_deliveries_hook_id_fkey" FOREIGN KEY ("hook_id") REFERENCES "hooks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hook_attempts" ADD CONSTRAINT "hook_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "hook_deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What waits, in its order.
CREATE INDEX "hook_deliveries_waiting_idx" ON "hook_deliveries"("hook_id", "call_id", "seq", "ordinal") WHERE "state" = 'pending';

-- Lanes in work, which are bounded.
CREATE INDEX "hook_lanes_leased_idx" ON "hook_lanes"("hook_id") WHERE "lease_until" IS NOT NULL;

-- Hooks begin with the events that come after this.
INSERT INTO "hook_relay" ("id", "xid", "position")
SELECT 1, coalesce(e.xid, '0'::xid8), coalesce(e.position, 0)
FROM (SELECT 1) AS one LEFT JOIN (SELECT xid, position FROM events ORDER BY xid DESC, position DESC LIMIT 1) e ON true;
