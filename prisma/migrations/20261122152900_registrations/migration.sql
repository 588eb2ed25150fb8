-- CreateTable
CREATE TABLE "registrations" (
    "id" TEXT NOT NULL,
    "aor" TEXT NOT NULL,
    "contact_user" TEXT NOT NULL,
    "contact" TEXT,
    "node" TEXT,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "epoch" INTEGER NOT NULL,
    "granted_until" TIMESTAMPTZ(3),

    CONSTRAINT "registrations_pkey" PRIMARY KEY ("id")
);
