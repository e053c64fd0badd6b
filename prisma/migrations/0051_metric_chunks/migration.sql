-- Curves of runs that have ended, packed: some 7 bytes a point instead of some 170 in metric_point with its index.
CREATE TABLE "metric_chunk" (
    "run_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "first_step" INTEGER NOT NULL,
    "last_step" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "data" BYTEA NOT NULL,

    CONSTRAINT "metric_chunk_pkey" PRIMARY KEY ("run_id","name","first_step")
);

ALTER TABLE "metric_chunk" ADD CONSTRAINT "metric_chunk_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- Packed already: Postgres would try in vain.
ALTER TABLE "metric_chunk" ALTER COLUMN "data" SET STORAGE EXTERNAL;

-- Runs whose points are still rows, found without a look at the points.
ALTER TABLE "run" ADD COLUMN "points_packed" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "run_unpacked_idx" ON "run" ("finished_at") WHERE NOT "points_packed" AND "finished_at" IS NOT NULL;
