// The words of a model card that only the database knows: data set, method, measures and lineage of a run's checkpoint. Called by exports.ts.
import { orderedValues } from '@/contract/measure'
import { METHOD_TITLES, startOf, type RunDetail } from '@/contract/run'
import type { Tx } from './client'
import { readModel } from './models'
import { readRun } from './runs'

/** Markdown. The same run and checkpoint have the same card. */
export async function modelCard(tx: Tx, run: RunDetail, step: number): Promise<string> {
  const evaluation = run.evaluations.find((each) => each.checkpointStep === step)
  const measures = evaluation ? orderedValues(evaluation.measures).map(([name, value]) => `| ${name} | ${value.toFixed(4)} | ${evaluation.split} | ${evaluation.n} |`) : []
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
    ...(await lineage(tx, run)).map((line, depth) => `${'  '.repeat(depth)}- ${line}`),
    '',
    '## Training',
    '',
    '```json',
    JSON.stringify({ seed: run.config.seed, ...train }, null, 1),
    '```',
  ].join('\n')
}

async function lineage(tx: Tx, run: RunDetail): Promise<string[]> {
  const here = `${run.name}: ${METHOD_TITLES[run.method]} on ${run.datasetName}`
  const start = startOf(run.config)
  if (start?.kind === 'model') {
    const { name, source, info } = await readModel(tx, start.modelId)
    return [here, `${name}: imported from ${source.kind === 'hub' ? `${source.id} at ${source.revision}` : 'a folder'}, SHA-256 ${info?.sha256 ?? 'unknown'}${info?.licence ? `, licence ${info.licence}` : ''}`]
  }
  return start?.kind === 'run' ? [here, ...(await lineage(tx, await readRun(tx, start.runId)))] : [here, 'random weights']
}
