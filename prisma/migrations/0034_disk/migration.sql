-- What a step's artifact will take, looked at before the step begins.

ALTER TABLE "step" ADD COLUMN "disk_bytes" BIGINT NOT NULL DEFAULT 0;
