-- Rows of hooks refer to each other by how they are written, and go by the statements that forget them: a check of every row costs more than the row.
ALTER TABLE "hook_lanes" DROP CONSTRAINT "hook_lanes_hook_id_fkey";
ALTER TABLE "hook_deliveries" DROP CONSTRAINT "hook_deliveries_hook_id_fkey";
ALTER TABLE "hook_attempts" DROP CONSTRAINT "hook_attempts_delivery_id_fkey";

-- One index serves for both: which row, and the log of a delivery.
ALTER TABLE "hook_attempts" DROP CONSTRAINT "hook_attempts_pkey",
ADD CONSTRAINT "hook_attempts_pkey" PRIMARY KEY ("delivery_id", "id");
DROP INDEX "hook_attempts_by_delivery_idx";

-- What waits is not in it.
DROP INDEX "hook_deliveries_settled_idx";
CREATE INDEX "hook_deliveries_settled_idx" ON "hook_deliveries"("settled_at") WHERE "settled_at" IS NOT NULL;
