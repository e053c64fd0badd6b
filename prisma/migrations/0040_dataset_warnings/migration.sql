-- What an import found that should be looked at before a launch.
ALTER TABLE "dataset" ADD COLUMN "warnings" JSONB NOT NULL DEFAULT '[]';
