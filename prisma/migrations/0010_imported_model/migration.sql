-- Models that come from outside: imported by a step of their own, started from by runs.
CREATE TABLE "imported_model" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "source" JSONB NOT NULL,
    "options" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "info" JSONB,
    "fingerprint" TEXT NOT NULL,
    "import_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "imported_model_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "imported_model_name_key" ON "imported_model"("name");
CREATE INDEX "imported_model_import_key_idx" ON "imported_model"("import_key");

ALTER TABLE "step" ADD COLUMN "imported_model_id" TEXT;
CREATE INDEX "step_imported_model_id_idx" ON "step"("imported_model_id");
ALTER TABLE "step" ADD CONSTRAINT "step_imported_model_id_fkey" FOREIGN KEY ("imported_model_id") REFERENCES "imported_model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "run" ADD COLUMN "imported_model_id" TEXT;
CREATE INDEX "run_imported_model_id_idx" ON "run"("imported_model_id");
ALTER TABLE "run" ADD CONSTRAINT "run_imported_model_id_fkey" FOREIGN KEY ("imported_model_id") REFERENCES "imported_model"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
