-- AlterTable
ALTER TABLE "hooks" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);

-- What was given up is looked for among much that was not.
CREATE INDEX "hook_deliveries_failed_idx" ON "hook_deliveries"("hook_id", "created_at" DESC, "id" DESC) WHERE "state" = 'failed';
