-- AlterTable
ALTER TABLE "calls" ADD COLUMN     "trunk_channel" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "trunk_id" TEXT,
ADD COLUMN     "trunk_turn_at" TIMESTAMPTZ(6),
ADD COLUMN     "trunk_waits" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "trunks" (
    "id" TEXT NOT NULL,
    "app_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "settings" JSONB NOT NULL,
    "password" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "turn_call" TEXT,
    "opens_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "health" TEXT NOT NULL DEFAULT 'unknown',
    "health_since" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "health_failures" INTEGER NOT NULL DEFAULT 0,
    "round_trip_ms" DOUBLE PRECISION,
    "health_reason" TEXT,
    "check_due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "trunks_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "trunks_due_idx" ON "trunks"("check_due_at");

-- CreateIndex
CREATE UNIQUE INDEX "trunks_name_key" ON "trunks"("app_key", "name");

-- Live calls of a trunk: those that have a channel first, then by age.
CREATE INDEX "calls_on_trunk_idx" ON "calls"("trunk_id", "trunk_channel" DESC, "created_at", "id")
    WHERE "trunk_id" IS NOT NULL AND "ended_at" IS NULL;
