-- CreateTable
CREATE TABLE "sip_messages" (
    "call_id" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "direction" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "sip_messages_pkey" PRIMARY KEY ("call_id","epoch","seq")
);

-- AddForeignKey
ALTER TABLE "sip_messages" ADD CONSTRAINT "sip_messages_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "calls"("id") ON DELETE CASCADE ON UPDATE CASCADE;
