-- The names that outputs of live calls are pushed by.
CREATE UNIQUE INDEX "calls_live_stream_key" ON "calls" ((spec->'wcs'->>'toStream'), "app_key")
  WHERE "ended_at" IS NULL AND spec->'wcs'->>'toStream' IS NOT NULL;
