-- Log lines as columns: per attempt, filtered by level and step, searched by trigrams.

ALTER TABLE "run_event" ADD COLUMN "step_id" TEXT;
ALTER TABLE "run_event" ADD COLUMN "attempt" INTEGER;
ALTER TABLE "run_event" ADD COLUMN "level" TEXT;
ALTER TABLE "run_event" ADD COLUMN "line" TEXT;

UPDATE "run_event" SET "step_id" = "body"->>'stepId', "level" = "body"->>'level', "line" = "body"->>'line', "body" = '{}' WHERE "type" = 'log';

CREATE INDEX "run_event_log_idx" ON "run_event"("run_id", "id") WHERE "type" = 'log';

-- pg_trgm comes with every Postgres that has its contrib modules; without it a search reads all lines of the run.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX "run_event_line_idx" ON "run_event" USING gin ("line" gin_trgm_ops) WHERE "type" = 'log';
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'pg_trgm is not available (%); the search in logs will be slower', SQLERRM;
END
$$;
