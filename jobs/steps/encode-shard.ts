// Step: embeds a part of the documents, which the encode step joins with the others. Publishes docs.embeddings [to - from, dim].
import type { StepFunction } from '@/jobs/step'
import { encodeRows } from './encode'

export const run: StepFunction<'encode-shard'> = (context) => encodeRows(context, { from: context.params.from, to: context.params.to })
