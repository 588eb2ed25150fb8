-- AlterTable
ALTER TABLE "calls" ADD COLUMN     "dtmf" BYTEA;

-- AlterTable
ALTER TABLE "commands" ADD COLUMN     "fault" JSONB,
ADD COLUMN     "payload" BYTEA;

-- What Prisma cannot say: only a hang-up that is asked twice is asked once.
DROP INDEX "commands_pending_key";
CREATE UNIQUE INDEX "commands_pending_key" ON "commands"("call_id", "type") WHERE (completed_at IS NULL AND type = 'hangUp');
