// Step: searches a part of the documents, whose best the retrieve step merges with those of the others. Publishes ranking.bin.
import type { StepFunction } from '@/jobs/step'
import { searchRows } from './retrieve'

export const run: StepFunction<'retrieve-shard'> = (context) => searchRows(context, { from: context.params.from, to: context.params.to })
