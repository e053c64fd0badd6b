// Distillation: what a run learns from a teacher's scores, beside the judgements or in their place.
import { z } from 'zod'
import { num } from './numbers'
import { fromRun, FromSibling, StartModel } from './start'

/**
 * A file of scores on the server: `query document score`, or `score-of-positive score-of-negative query positive negative` a line, plain or
 * gz, official ids. `fingerprint` is the server's, bytes:milliseconds of its last change: it tells whether the file has changed since the launch.
 */
export const TeacherFile = z.object({ kind: z.literal('file'), file: z.string().trim().min(1, 'Give the path of the file on the server'), fingerprint: z.string().optional() })
export type TeacherFile = z.infer<typeof TeacherFile>

/** Whose scores: those of a trained run (its last checkpoint), of one of the same launch, of an imported model, or of a file. */
export const Teacher = z.discriminatedUnion('kind', [fromRun('Choose the run to learn from'), FromSibling, StartModel, TeacherFile])
export type Teacher = z.infer<typeof Teacher>

/** margin-mse: Hofstätter et al. 2020. kl: the list of a positive and its own negatives as a distribution. Formulas: server/train/losses/distillation.ts. */
export const DistillationLoss = z.enum(['margin-mse', 'kl'])
export type DistillationLoss = z.infer<typeof DistillationLoss>

export const Distillation = z
  .object({
    teacher: Teacher,
    loss: DistillationLoss,
    /** The teacher's scores are divided by this, as the student's are by train.temperature. */
    temperature: num(0.001, 1000),
    /** The loss is weight * distillation + labelWeight * the method's own loss. */
    weight: num(0, 1000),
    labelWeight: num(0, 1000),
  })
  .refine(({ weight }) => weight > 0, { path: ['weight'], error: 'Above 0: else nothing is learned from the teacher' })
export type Distillation = z.infer<typeof Distillation>
/** What training needs of it; where the scores come from is an input. */
export type DistillationSettings = Omit<Distillation, 'teacher'>

/** For the methods that draw other negatives in every batch: nobody has scored those. */
export const NoDistillation = z.never({ error: 'A teacher scores static negatives: choose BM25 negatives or STAR, or leave the teacher out' }).optional()
