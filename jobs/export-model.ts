// `drhard model export`: a checkpoint of a run as a folder for other programs, written by this process. Called by jobs/cli.ts.
import type { ModelFormat } from '@/contract/model'
import { exportPlan } from '@/server/db/exports'
import { localArtifact } from '@/server/db/local-artifact'
import { findRunByName } from '@/server/db/runs'
import { exportModel } from '@/server/model/export-model'
import { withDatabase } from './with-database'

export async function exportRunModel({ run, checkpoint, format, out }: { run: string; checkpoint?: number; format: ModelFormat; out?: string }): Promise<void> {
  await withDatabase(async (db) => {
    const { runName, checkpointStep, params, inputs } = await exportPlan(db, (await findRunByName(db, run)).id, { checkpoint, format })
    const outDir = out ?? `${runName}-${checkpointStep}${format === 'onnx' ? '-onnx' : ''}`
    const files = exportModel({ ...params, checkpointDir: await localArtifact(inputs.checkpoint), vocabularyDir: await localArtifact(inputs.tokens), outDir })
    console.log(`${outDir}: ${files.join(', ')}`)
  })
}
