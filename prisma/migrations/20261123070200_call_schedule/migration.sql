-- AlterTable
ALTER TABLE "calls" ADD COLUMN     "next_dial_at" TIMESTAMPTZ(3),
ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "redial" JSONB,
ADD COLUMN     "redials" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "start_at" TIMESTAMPTZ(3);

-- What Prisma cannot say: calls that wait for a node, and calls that wait for their time.
DROP INDEX "calls_waiting_idx";
CREATE INDEX "calls_waiting_idx" ON "calls"("state_since") WHERE (node IS NULL AND ended_at IS NULL AND next_dial_at IS NULL);
CREATE INDEX "calls_scheduled_idx" ON "calls"("next_dial_at") WHERE (node IS NULL AND ended_at IS NULL AND next_dial_at IS NOT NULL);
DROP INDEX "calls_on_trunk_idx";
CREATE INDEX "calls_on_trunk_idx" ON "calls"("trunk_id", "trunk_channel" DESC, "priority" DESC, "created_at", "id") WHERE (trunk_id IS NOT NULL AND ended_at IS NULL AND next_dial_at IS NULL);
