-- What workers have and what steps ask for.

ALTER TABLE "worker" ADD COLUMN "devices" TEXT[] NOT NULL DEFAULT ARRAY['cpu'];
ALTER TABLE "worker" ADD COLUMN "codes" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "worker" ADD COLUMN "slots" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "worker" ADD COLUMN "store" TEXT NOT NULL DEFAULT '';
ALTER TABLE "worker" ADD COLUMN "draining_at" TIMESTAMPTZ(3);

ALTER TABLE "step" ADD COLUMN "device" TEXT NOT NULL DEFAULT 'cpu';
ALTER TABLE "step" ADD COLUMN "memory_bytes" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "step" ADD COLUMN "code" TEXT NOT NULL DEFAULT '';
-- Steps from before this migration were planned by the code that had no names for its versions.
UPDATE "step" SET "code" = "kind" || '.' || CASE WHEN "kind" = 'train' THEN 2 ELSE 1 END;
