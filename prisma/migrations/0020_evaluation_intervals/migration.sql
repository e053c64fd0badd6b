-- 95 % intervals of the means and what they do not count. Null for evaluations from before: their pages show no interval.
ALTER TABLE "evaluation" ADD COLUMN "intervals" JSONB;
ALTER TABLE "evaluation" ADD COLUMN "missing" INTEGER;
