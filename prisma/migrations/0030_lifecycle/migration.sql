-- Retry policy by cause, priority of runs, a queue that can be paused.

ALTER TABLE "run" ADD COLUMN "priority" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "step" ADD COLUMN "cause" TEXT;
ALTER TABLE "step" ADD COLUMN "retry_at" TIMESTAMPTZ(3);
ALTER TABLE "step" ADD COLUMN "chunk_scale" DOUBLE PRECISION NOT NULL DEFAULT 1;
ALTER TABLE "step" ADD COLUMN "furthest" DOUBLE PRECISION NOT NULL DEFAULT 0;

CREATE TABLE "setting" (
    "name" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "changed_by" TEXT,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "resource_sample" (
    "step_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "cores" DOUBLE PRECISION NOT NULL,
    "memory_bytes" BIGINT NOT NULL,
    "device_share" DOUBLE PRECISION,
    "device_bytes" BIGINT,

    CONSTRAINT "resource_sample_pkey" PRIMARY KEY ("step_id","attempt","at")
);

ALTER TABLE "resource_sample" ADD CONSTRAINT "resource_sample_step_id_fkey" FOREIGN KEY ("step_id") REFERENCES "step"("id") ON DELETE CASCADE ON UPDATE CASCADE;
