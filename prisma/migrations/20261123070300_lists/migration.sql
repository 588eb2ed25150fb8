-- CreateTable
CREATE TABLE "call_labels" (
    "app_key" TEXT NOT NULL,
    "label" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "call_id" TEXT NOT NULL,

    CONSTRAINT "call_labels_pkey" PRIMARY KEY ("app_key","label","created_at","call_id")
);

-- CreateIndex
CREATE INDEX "call_labels_by_call_idx" ON "call_labels"("call_id");

-- CreateIndex
CREATE INDEX "calls_by_call_id_idx" ON "calls"("call_id", "created_at" DESC, "id" DESC);

-- DropIndex
DROP INDEX "calls_by_state_idx";

-- AddForeignKey
ALTER TABLE "call_labels" ADD CONSTRAINT "call_labels_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "calls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Partial indexes and indexes over expressions, written by hand: Prisma's schema cannot tell them.
CREATE INDEX "calls_by_state_idx" ON "calls"(lower("state"), "created_at" DESC, "id" DESC);
CREATE INDEX "calls_by_trunk_idx" ON "calls"("trunk_id", "created_at" DESC, "id" DESC) WHERE "trunk_id" IS NOT NULL;
CREATE INDEX "calls_by_verdict_idx" ON "calls"(("verdict"->>'result'), ("verdict"->>'code'), "created_at" DESC, "id" DESC)
  WHERE "verdict" IS NOT NULL;
CREATE INDEX "calls_by_app_and_verdict_idx" ON "calls"("app_key", ("verdict"->>'result'), ("verdict"->>'code'), "created_at" DESC, "id" DESC)
  WHERE "verdict" IS NOT NULL;

-- What a field of the metadata is looked up by: short, whatever it holds. Mind that call_labels holds such values.
CREATE FUNCTION call_label(name TEXT, value TEXT) RETURNS BYTEA LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT substring(sha256(convert_to(length(name) || ':' || name || value, 'UTF8')) FROM 1 FOR 16) $$;

CREATE FUNCTION label_call() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO call_labels (app_key, label, created_at, call_id)
  SELECT NEW.app_key, call_label(field.key, field.value), NEW.created_at, NEW.id
  FROM jsonb_each_text(NEW.metadata) AS field;
  RETURN NULL;
END $$;

-- Metadata never change.
CREATE TRIGGER calls_label AFTER INSERT ON "calls" FOR EACH ROW
  WHEN (NEW.metadata <> '{}'::jsonb) EXECUTE FUNCTION label_call();

INSERT INTO call_labels (app_key, label, created_at, call_id)
SELECT c.app_key, call_label(field.key, field.value), c.created_at, c.id
FROM calls c, jsonb_each_text(c.metadata) AS field WHERE c.metadata <> '{}'::jsonb;
