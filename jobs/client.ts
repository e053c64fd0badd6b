// `drhard launch|list|logs|cancel|wait`: what the dashboard does, from a terminal or a script, over the REST API. Called by jobs/cli.ts.
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import type { DatasetSummary } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { isAtLeast, type LogLevel, type LogPage } from '@/contract/event'
import { MEASURES } from '@/contract/measure'
import { withRecipeValues } from '@/contract/presets'
import { isLive, LaunchShape, type RunSummary } from '@/contract/run'
import { apiClient, clientOptions, type ApiClient } from './api-client'

const LOOK_MS = 1000
const PAGE = 1000

export interface LaunchCommand {
  /** YAML or JSON of one run or of {"runs": [...]}; - for standard input. */
  file: string
  priority?: number
  /** Sent again with the same key, the launch is not repeated. */
  key?: string
  wait: boolean
}

export async function launch({ file, priority, key, wait }: LaunchCommand): Promise<void> {
  const api = apiClient(clientOptions())
  const runs = await withIds(api, readLaunchFile(file))
  const launched = await api.launch({ runs, ...(priority !== undefined && { priority }) }, key)
  for (const run of launched.runs) console.log(`${run.id}\t${run.name}`)
  if (wait) await waitForRuns(launched.runs.map((run) => run.id))
}

function readLaunchFile(file: string): z.infer<typeof LaunchShape>[] {
  let content: unknown
  try {
    content = parse(fs.readFileSync(file === '-' ? 0 : file, 'utf8')) // JSON is YAML too
  } catch (cause) {
    throw new AppError('bad-input', `${file} cannot be read as YAML or JSON: ${(cause as Error).message}`, { cause })
  }
  const several = z.object({ runs: z.array(LaunchShape).min(1) }).transform(({ runs }) => runs)
  const parsed = z.union([several, LaunchShape.transform((run) => [run])]).safeParse(content)
  if (!parsed.success) throw new AppError('bad-input', `${file}: expected {"name": ..., "config": {...}} or {"runs": [...]}; ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/** A person writes the names of data set and model; the API takes their ids. What a data set's import warns of is said first. */
async function withIds(api: ApiClient, runs: z.infer<typeof LaunchShape>[]) {
  const datasets = await api.datasets()
  const models = runs.some(({ config }) => config.start?.modelId !== undefined) ? await api.models() : []
  const used = new Set<DatasetSummary>()
  const named = runs.map(({ name, config }) => {
    const { start } = config
    const dataset = byIdOrName(datasets, config.datasetId, `Run ${name}: there is no data set ${config.datasetId ?? '(config.datasetId is missing)'}`)
    const model = start?.modelId === undefined ? null : byIdOrName(models, start.modelId, `Run ${name}: there is no model ${start.modelId}`)
    used.add(dataset)
    return { name, config: withRecipeValues({ ...config, datasetId: dataset.id, ...(model && { start: { ...start, modelId: model.id } }) }) }
  })
  for (const { name, warnings } of used) for (const warning of warnings) console.error(`${name}: ${warning}`)
  return named
}

function byIdOrName<T extends { id: string; name: string }>(all: T[], given: string | undefined, lacking: string): T {
  const found = all.find(({ id }) => id === given) ?? all.find(({ name }) => name === given)
  if (!found) throw new AppError('bad-input', `${lacking}; there are ${all.map(({ name }) => name).join(', ') || 'none'}`)
  return found
}

export async function list({ json }: { json: boolean }): Promise<void> {
  const runs = await apiClient(clientOptions()).runs()
  if (json) return console.log(JSON.stringify(runs, null, 2))
  const rows = runs.map((run) => [run.id, run.name, run.method, run.state, `${run.progress.done}/${run.progress.total}`, ...MEASURES.map((measure) => run.evaluations.at(-1)?.measures[measure]?.toFixed(3) ?? '-')])
  const table = [['id', 'name', 'method', 'state', 'steps', ...MEASURES], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  for (const row of table) console.log(row.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd())
}

export async function cancel(idOrName: string): Promise<void> {
  const api = apiClient(clientOptions())
  const run = await api.find(idOrName)
  await api.cancel(run.id)
  console.log(`${run.name} (${run.id}) is being cancelled`)
}

/** `drhard wait`: returns when all have succeeded; throws where one has not. */
export async function waitForRuns(idsOrNames: string[]): Promise<void> {
  const api = apiClient(clientOptions())
  const ids = await Promise.all(idsOrNames.map(async (given) => (await api.find(given)).id))
  const told = new Set<string>()
  for (;;) {
    const runs = (await api.runs()).filter((run) => ids.includes(run.id))
    if (runs.length < ids.length) throw new AppError('not-found', 'A run was deleted while it was waited for')
    for (const run of runs) {
      if (isLive(run.state) || told.has(run.id)) continue
      told.add(run.id)
      console.log(describeEnd(run))
    }
    const failed = runs.filter((run) => run.state === 'failed' || run.state === 'cancelled')
    if (runs.every((run) => !isLive(run.state))) {
      if (failed.length) throw new AppError('broken', `${failed.length} of ${runs.length} runs did not succeed`)
      return
    }
    await sleep(LOOK_MS)
  }
}

function describeEnd({ name, state, reason, evaluations }: RunSummary): string {
  const measures = MEASURES.flatMap((measure) => {
    const value = evaluations.at(-1)?.measures[measure]
    return value === undefined ? [] : [`${measure} ${value.toFixed(4)}`]
  })
  return `${name}: ${state}${reason ? `: ${reason}` : ''}${measures.length ? `  ${measures.join('  ')}` : ''}`
}

export interface LogsCommand {
  run: string
  follow: boolean
  level?: LogLevel
  search?: string
}

/** `drhard logs`: all lines so far and, where they are followed, those to come until the run ends. */
export async function printLogs({ run: idOrName, follow, level, search }: LogsCommand): Promise<void> {
  const api = apiClient(clientOptions())
  const { id } = await api.find(idOrName)
  const run = await api.run(id)
  const labels = new Map(run.steps.map((step) => [step.id, step.label]))
  const print = (at: string, severity: string, stepId: string | null, line: string) => console.log(`${at.slice(11, 19)} ${severity.padEnd(5)} ${stepId ? `${labels.get(stepId) ?? stepId}: ` : ''}${line}`)
  const query = { limit: String(PAGE), ...(level && { level }), ...(search && { q: search }) }
  const pages: LogPage['lines'][] = []
  for (let before: string | null = null; ; ) {
    const page: LogPage = await api.logs(id, before === null ? query : { ...query, before })
    pages.push(page.lines)
    before = page.before
    if (before === null) break
  }
  const lines = pages.reverse().flat()
  for (const { at, level: severity, stepId, line } of lines) print(at, severity, stepId, line)
  if (!follow || !isLive(run.state)) return
  let cursor = lines.at(-1)?.id ?? run.cursor
  for (;;) {
    for await (const { id: eventId, at, body } of api.events(id, cursor)) {
      cursor = eventId
      if (body.type === 'log' && matches(body, { level, search })) print(at, body.level, body.stepId, body.line)
      if (body.type === 'run-state' && !isLive(body.state)) return
    }
    await sleep(LOOK_MS) // the server restarts
  }
}

function matches({ level, line }: { level: LogLevel; line: string }, wanted: { level?: LogLevel; search?: string }): boolean {
  return isAtLeast(level, wanted.level ?? 'info') && line.toLowerCase().includes((wanted.search ?? '').toLowerCase())
}
