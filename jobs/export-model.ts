// `drhard model export`: a checkpoint of a run as a Hugging Face folder with a model card. Called by jobs/cli.ts.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { METHOD_TITLES, startOf, type RunDetail } from '@/contract/run'
import { database, type Database } from '@/server/db/client'
import { artifactsDir } from '@/server/db/location'
import { readModel } from '@/server/db/models'
import { findRunByName, readRun } from '@/server/db/runs'
import { artifactDir } from '@/server/files/artifact'
import { exportModel } from '@/server/model/export-hf'

export async function exportRunModel({ run: idOrName, checkpoint, out }: { run: string; checkpoint?: number; out?: string }): Promise<void> {
  const db = database()
  try {
    const run = await readRun(db, (await findRunByName(db, idOrName)).id)
    const trained = run.steps.filter((step) => step.kind === 'train' && step.state === 'succeeded')
    const step = checkpoint === undefined ? trained.at(-1) : trained.find((each) => each.checkpointStep === checkpoint)
    const tokens = run.steps.find((each) => each.kind === 'tokenise' && each.state === 'succeeded')
    if (!step || !tokens) throw new AppError('bad-input', `Run ${run.name} has no checkpoint${checkpoint === undefined ? '' : ` at step ${checkpoint}`}; it has ${trained.map((each) => each.checkpointStep).join(', ') || 'none'}`)
    const checkpointDir = artifactDir(artifactsDir(), step.artifactKey)
    const folder = out ?? `${run.name}-${step.checkpointStep}`
    const card = await modelCard(db, run, step.checkpointStep ?? 0)
    const sides = ['query', 'doc'].filter((side) => fs.existsSync(path.join(checkpointDir, side)))
    for (const side of sides.length > 0 ? sides : ['']) {
      const outDir = path.join(folder, side)
      const files = exportModel({ checkpointDir: path.join(checkpointDir, side), vocabularyDir: artifactDir(artifactsDir(), tokens.artifactKey), outDir, card })
      console.log(`${outDir}: ${files.join(', ')}`)
    }
  } finally {
    await db.$disconnect()
  }
}

/** Data set, method, measures and what the run goes back to. */
async function modelCard(db: Database, run: RunDetail, step: number): Promise<string> {
  const evaluation = run.evaluations.find((each) => each.checkpointStep === step)
  const measures = evaluation ? Object.entries(evaluation.measures).map(([name, value]) => `| ${name} | ${value.toFixed(4)} | ${evaluation.split} | ${evaluation.n} |`) : []
  const { train } = run.config as { train?: Record<string, unknown> }
  return [
    `# ${run.name}, checkpoint ${step}`,
    '',
    `A dense retriever trained with ${METHOD_TITLES[run.method]} on the data set ${run.datasetName} by DRhard Studio (Zhan et al., SIGIR 2021).`,
    ...(run.method === 'adore' ? ['', 'Only the query encoder was trained: documents must be encoded by the run that it started from.'] : []),
    '',
    '## Measures',
    '',
    ...(measures.length > 0 ? ['| measure | value | split | queries |', '|---|---|---|---|', ...measures] : ['This checkpoint was not evaluated.']),
    '',
    '## Lineage',
    '',
    ...(await lineage(db, run)).map((line, depth) => `${'  '.repeat(depth)}- ${line}`),
    '',
    '## Training',
    '',
    '```json',
    JSON.stringify({ seed: run.config.seed, ...train }, null, 1),
    '```',
  ].join('\n')
}

async function lineage(db: Database, run: RunDetail): Promise<string[]> {
  const here = `${run.name}: ${METHOD_TITLES[run.method]} on ${run.datasetName}`
  const start = startOf(run.config)
  if (start?.kind === 'model') {
    const { name, source, info } = await readModel(db, start.modelId)
    return [here, `${name}: imported from ${source.kind === 'hub' ? `${source.id} at ${source.revision}` : 'a folder'}, SHA-256 ${info?.sha256 ?? 'unknown'}${info?.licence ? `, licence ${info.licence}` : ''}`]
  }
  return start?.kind === 'run' ? [here, ...(await lineage(db, await readRun(db, start.runId)))] : [here, 'random weights']
}
