-- The table of runs: tags, the archive, views under a name, and the best and the last checkpoint of a run without reading its others.

ALTER TABLE "run" ADD COLUMN "tags" TEXT[] NOT NULL DEFAULT '{}';
ALTER TABLE "run" ADD COLUMN "archived_at" TIMESTAMPTZ(3);

CREATE INDEX "evaluation_best_idx" ON "evaluation" ("run_id", (coalesce(("measures"->>'MRR@10')::float8, ("measures"->>'NDCG@10')::float8, ("measures"->>'R@100')::float8)) DESC NULLS LAST, "checkpoint_step");

CREATE TABLE "saved_view" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "query" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
