-- AlterTable
ALTER TABLE "commands" ADD COLUMN     "output_id" TEXT;

-- AlterTable
ALTER TABLE "outputs" ADD COLUMN     "backup_mode" TEXT,
ADD COLUMN     "backup_of" TEXT,
ADD COLUMN     "retry" JSONB;
