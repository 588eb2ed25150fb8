-- AlterTable
ALTER TABLE "calls" ADD COLUMN     "stats" JSONB;
