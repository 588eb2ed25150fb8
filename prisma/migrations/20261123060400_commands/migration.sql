-- DropIndex
DROP INDEX "commands_by_call_idx";

-- AlterTable
ALTER TABLE "calls" ADD COLUMN     "held_by" TEXT,
ADD COLUMN     "muted" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "preferred_node" TEXT,
ADD COLUMN     "preferred_until" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "commands" ADD COLUMN     "deadline" TIMESTAMPTZ(3),
ADD COLUMN     "position" BIGSERIAL NOT NULL,
ADD COLUMN     "requested_by" TEXT,
ADD COLUMN     "target_node" TEXT;

-- AlterTable
ALTER TABLE "nodes" ADD COLUMN     "drain" TEXT;

-- CreateIndex
CREATE INDEX "commands_by_call_idx" ON "commands"("call_id", "position");

-- What Prisma cannot say: what still waits is few beside what has been done.
CREATE INDEX "commands_open_idx" ON "commands"("call_id", "position") WHERE completed_at IS NULL;
CREATE INDEX "commands_deadline_idx" ON "commands"("deadline") WHERE state = 'pending' AND deadline IS NOT NULL;
CREATE INDEX "calls_preferred_idx" ON "calls"("preferred_node") WHERE node IS NULL AND ended_at IS NULL AND preferred_node IS NOT NULL;
