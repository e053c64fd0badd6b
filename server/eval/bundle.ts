// Everything of one judged checkpoint that another person needs to check it: run files, measures, configuration, fingerprints.
// Called by the bundle route of app/api and by `drhard export --bundle`.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { orderedValues, parseMeasure, type MeasureValues } from '@/contract/measure'
import type { RunConfig, RunFile } from '@/contract/run'
import type { Dataset } from '@/server/dataset/dataset'
import { buildQrels, type Qrels } from '@/server/dataset/qrels'
import { tarGz, type TarFile } from '@/server/files/tar'
import { rankingFileName, rankingLines } from '@/server/ranking/export'
import type { Ranking } from '@/server/ranking/ranking'
import { newFileIds, readRunFile } from '@/server/ranking/run-file'
import { writeLines } from '@/server/ranking/write-run-file'
import { evaluateRanking } from './evaluate'

export interface BundleContent {
  run: { id: string; name: string; method: string; config: RunConfig; files: RunFile[] }
  dataset: Dataset
  datasetName: string
  /** Key of the import and hash of what its source held. */
  datasetFingerprint: { key: string; source: string }
  evaluation: { checkpointStep: number; split: Split; measures: MeasureValues; n: number; at: Date }
  ranking: Ranking
  /** Version of the software, for the metadata. */
  version: string
}

/** MS MARCO's format ends at rank 1,000, so that only measures up to there survive it; float sums may differ in their last digits. */
const TOLERANCE = 1e-9

/** Both run files are read again and judged again before they are offered. Throws AppError broken where a measure differs. */
export async function makeBundle(content: BundleContent): Promise<{ name: string; bytes: Buffer }> {
  const { run, evaluation, datasetName } = content
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-bundle-'))
  try {
    const formats = ['trec', 'msmarco'] as const
    const names = formats.map((format) => rankingFileName({ runName: run.name, checkpointStep: evaluation.checkpointStep, split: evaluation.split, format }))
    for (const [i, format] of formats.entries()) {
      await writeLines(path.join(dir, names[i]), rankingLines(content.ranking, content.dataset, { format, tag: run.name }))
      await scoreAgain(path.join(dir, names[i]), content)
    }
    const folder = names[0].replace(/\.trec$/, '')
    const text = (name: string, body: string): TarFile => ({ name: `${folder}/${name}`, content: Buffer.from(body) })
    const json = (name: string, value: unknown) => text(name, `${JSON.stringify(value, null, 2)}\n`)
    const files: TarFile[] = [
      text('README.md', readme(content, names)),
      ...names.map((name) => ({ name: `${folder}/${name}`, content: fs.readFileSync(path.join(dir, name)) })),
      json('measures.json', { split: evaluation.split, n: evaluation.n, measures: evaluation.measures }),
      json('config.json', { name: run.name, method: run.method, checkpointStep: evaluation.checkpointStep, config: run.config }),
      json('fingerprints.json', { dataset: { name: datasetName, ...content.datasetFingerprint }, files: run.files.map(({ label, name, bytes, sha256 }) => ({ step: label, name, bytes, sha256 })) }),
      text('ir_metadata.yml', metadata(content)),
    ]
    return { name: `${folder}.tar.gz`, bytes: tarGz(files, evaluation.at) }
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

async function scoreAgain(file: string, { dataset, evaluation }: BundleContent): Promise<void> {
  const ids = newFileIds()
  const rows = dataset.queryRows(evaluation.split)
  const qrels = qrelsByIds(dataset, rows, ids)
  const { ranking } = await readRunFile(file, { ids })
  const measures = Object.keys(evaluation.measures).map((id) => parseMeasure(id))
  const { results } = evaluateRanking(ranking, qrels, Int32Array.from({ length: rows.length }, (_, i) => i), { measures })
  for (const { id, mean } of results) {
    if (Math.abs(mean - evaluation.measures[id]) > TOLERANCE) throw new AppError('broken', `${path.basename(file)}: ${id} is ${mean} after conversion and was ${evaluation.measures[id]} before; the bundle is not offered. Report this with the run's id`)
  }
}

function qrelsByIds(dataset: Dataset, rows: Int32Array, ids: ReturnType<typeof newFileIds>): Qrels {
  const judgements = { queryRows: [] as number[], docRows: [] as number[], grades: [] as number[] }
  for (const row of rows)
    for (const { docRow, grade } of dataset.qrels.judged(row)) {
      judgements.queryRows.push(ids.queryIds.add(dataset.queryIds.idOf(row)))
      judgements.docRows.push(ids.docIds.codeOfId(dataset.docIds.idOf(docRow)))
      judgements.grades.push(grade)
    }
  return buildQrels(rows.length, judgements)
}

function readme({ run, datasetName, evaluation }: BundleContent, names: string[]): string {
  const measures = orderedValues(evaluation.measures).map(([id, value]) => `| ${id} | ${value.toFixed(6)} |`)
  return `# ${run.name}, checkpoint ${evaluation.checkpointStep}, ${datasetName} ${evaluation.split}

- ${names[0]}: the ranking as a TREC run with official ids
- ${names[1]}: the same in MS MARCO's format
- measures.json, config.json, fingerprints.json (SHA-256 of the model's and the data set's files), ir_metadata.yml (ir-metadata.org)

Both run files were read and judged again after conversion and gave these measures, means over ${evaluation.n} queries with a relevant
document:

| measure | value |
|---|---|
${measures.join('\n')}

Check: \`drhard eval --qrels QRELS --run ${names[0]}\`, or trec_eval -c.
`
}

function metadata({ run, datasetName, evaluation, version }: BundleContent): string {
  const quoted = JSON.stringify // a JSON string is a YAML string
  return `ir_metadata.version: 0.1
tag: ${quoted(run.name)}
platform:
  software:
    libraries:
      - ${quoted(`drhard-studio ${version}`)}
implementation:
  executable:
    cmd: ${quoted(`drhard export ${run.id} --checkpoint ${evaluation.checkpointStep}`)}
method:
  automatic: true
  score_ties: "row ascending; exported scores are distinct"
  retrieval:
    - name: ${quoted(run.method)}
data:
  test collection:
    name: ${quoted(datasetName)}
    split: ${quoted(evaluation.split)}
`
}
