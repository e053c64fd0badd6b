// How far a step, a run or an import is.
import { z } from 'zod'

/** `secondsLeft` is null until it can be estimated. */
export const Progress = z.object({ done: z.number(), total: z.number(), unit: z.string(), secondsLeft: z.number().nullable() })
export type Progress = z.infer<typeof Progress>
