// What a run goes back to: another run, one of the same launch, or an imported model. A run starts from one, and may learn from one.
import { z } from 'zod'
import { int } from './numbers'

/** `missing`: what to say where none is chosen. */
export const fromRun = (missing: string) => z.object({ kind: z.literal('run'), runId: z.string().min(1, missing) })
export const FromSibling = z.object({ kind: z.literal('sibling'), name: z.string().min(1) })

/** An imported model with its own tokenizer; texts are cut to these lengths, special tokens included. */
export const StartModel = z.object({ kind: z.literal('model'), modelId: z.string().min(1, 'Choose the model to start from'), maxQueryTokens: int(4, 512).default(32), maxDocTokens: int(4, 512).default(128) })
export type StartModel = z.infer<typeof StartModel>

/** What a run starts from: an existing trained run, one launched in the same pipeline, or an imported model. */
export const StartFrom = z.discriminatedUnion('kind', [fromRun('Choose the run to start from'), FromSibling, StartModel])
export type StartFrom = z.infer<typeof StartFrom>
