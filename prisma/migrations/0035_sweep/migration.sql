-- Runs of a sweep know it, so that one that lies behind the others can be stopped early; a stop has a reason of its own.

ALTER TABLE "run" ADD COLUMN "early_stop" JSONB;
ALTER TABLE "run" ADD COLUMN "stop_reason" TEXT;
CREATE INDEX "run_pipeline_id_idx" ON "run"("pipeline_id");
