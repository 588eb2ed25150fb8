-- CreateTable
CREATE TABLE "store_secrets" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "store_secrets_pkey" PRIMARY KEY ("name")
);
