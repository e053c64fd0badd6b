// Step: embeds a part of a split's queries, for a search that workers share. Publishes queries.embeddings [to - from, dim].
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { openQueryEncoder } from '@/jobs/query-encoder'
import { QUERY_EMBEDDINGS } from '@/jobs/query-embeddings'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { writeArray } from '@/server/files/typed-array-file'

export const run: StepFunction<'encode-queries'> = async (context) => {
  const { params: { split, from, to }, inputs, outDir, progress } = context
  const dataset = openDataset(inputs.dataset)
  try {
    const queryRows = dataset.queryRows(split)
    if (to > queryRows.length) throw new AppError('broken', `Queries ${from} to ${to} are to be embedded, ${split} has ${queryRows.length}; launch the run again`)
    const encoder = await openQueryEncoder(context)
    const { dim, compute } = encoder
    const embeddings = await encoder.encode(queryRows.subarray(from, to), { progress: (done) => progress(done, to - from, 'queries') })
    await encoder.close()
    writeArray(path.join(outDir, QUERY_EMBEDDINGS), embeddings, [to - from, dim])
    return { queries: to - from, dim, device: compute.device }
  } finally {
    dataset.close()
  }
}
