-- Whose scores a run learns (contract/distillation.ts): another run or an imported model, which then cannot be deleted before it.
ALTER TABLE "run" ADD COLUMN "teacher_run_id" TEXT;
CREATE INDEX "run_teacher_run_id_idx" ON "run"("teacher_run_id");
ALTER TABLE "run" ADD CONSTRAINT "run_teacher_run_id_fkey" FOREIGN KEY ("teacher_run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "run" ADD COLUMN "teacher_model_id" TEXT;
CREATE INDEX "run_teacher_model_id_idx" ON "run"("teacher_model_id");
ALTER TABLE "run" ADD CONSTRAINT "run_teacher_model_id_fkey" FOREIGN KEY ("teacher_model_id") REFERENCES "imported_model"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
