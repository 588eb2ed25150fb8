-- AlterTable
ALTER TABLE "outputs" ADD COLUMN     "audio_codec" TEXT;
