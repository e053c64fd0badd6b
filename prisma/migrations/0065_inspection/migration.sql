-- Long training curves in buckets, notes on runs, and judgements made here.

CREATE TABLE "metric_bucket" (
    "run_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "bucket" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "mean" DOUBLE PRECISION NOT NULL,
    "points" JSONB NOT NULL,

    CONSTRAINT "metric_bucket_pkey" PRIMARY KEY ("run_id","name","bucket")
);

ALTER TABLE "metric_bucket" ADD CONSTRAINT "metric_bucket_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- As server/db/metrics.ts fills them.
INSERT INTO "metric_bucket" ("run_id", "name", "bucket", "n", "mean", "points")
SELECT run_id, name, bucket, n, mean, jsonb_build_array(first, jsonb_build_array(low[2], low[1], low[3]), jsonb_build_array(-high[2], high[1], high[3]), last)
FROM (
  SELECT run_id, name, step / 256 AS bucket, count(*) AS n, avg(value) AS mean, min(ARRAY[step, value, at]) AS first, max(ARRAY[step, value, at]) AS last, min(ARRAY[value, step, at]) AS low, max(ARRAY[value, -step, at]) AS high
  FROM (SELECT run_id, name, step, value, extract(epoch FROM at)::float8 * 1000 AS at FROM "metric_point") p GROUP BY 1, 2, 3
) b;

ALTER TABLE "run" ADD COLUMN "notes" TEXT NOT NULL DEFAULT '';

CREATE TABLE "own_judgement" (
    "dataset_id" TEXT NOT NULL,
    "query_row" INTEGER NOT NULL,
    "doc_row" INTEGER NOT NULL,
    "grade" INTEGER NOT NULL,
    "judged_by" TEXT NOT NULL,
    "judged_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "own_judgement_pkey" PRIMARY KEY ("dataset_id","query_row","doc_row")
);

ALTER TABLE "own_judgement" ADD CONSTRAINT "own_judgement_dataset_id_fkey" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE CASCADE;
