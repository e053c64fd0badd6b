-- A step that a person has asked to do again: what a machine still has of its artifact is not taken for it.
ALTER TABLE "step" ADD COLUMN "remake" BOOLEAN NOT NULL DEFAULT false;
