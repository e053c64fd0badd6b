// The browser's one way to the server: typed requests whose answers are parsed with the contract.
// Used by every view through react-query; a failed answer becomes an ApiError that says what to do.
import { z } from 'zod'
import { AuditPage, CreatedToken, CreatedWebhook, type Login, Me, type NewToken, type NewWebhook, TokenSummary, WebhookSummary } from '@/contract/access'
import { StepAttempt } from '@/contract/attempt'
import { ArtifactPlan, ArtifactSummary, type GcRequest, LineageGraph } from '@/contract/artifact'
import { QueryValues, RunComparison } from '@/contract/compare'
import { DatasetStatistics, FoundTexts, JudgedQueries } from '@/contract/dataset-browser'
import { DatasetSample, DatasetSummary, type NewDataset, ImportReport } from '@/contract/dataset'
import { ErrorBody, type ErrorCode } from '@/contract/errors'
import { type JudgementChange, OwnJudgement, RunBounds } from '@/contract/judgement'
import { CURSOR_HEADER, type LogLevel, LogPage } from '@/contract/event'
import { Export, ModelSummary, type NewExport, type NewModel } from '@/contract/model'
import { MinedNegatives, type NewTry, QueryRanking, QueryTable, TrainedAgainst, Trajectories, TriedQuery } from '@/contract/query'
import { unpackCurves } from '@/contract/packed-curves'
import { LaunchPlan } from '@/contract/plan'
import { type NewReport, Report, type ReportChange, ReportSummary } from '@/contract/report'
import { RunResources } from '@/contract/resources'
import { RunColumns, RunPage, type RunsChange, SavedView } from '@/contract/run-table'
import { type ExternalRun, Launched, MetricSeries, type NewFusion, type NewPipeline, RunDetail, RunNotes } from '@/contract/run'
import { Settings, type SettingsChange } from '@/contract/settings'
import type { NewSweepInput } from '@/contract/sweep'
import { Upload } from '@/contract/upload'
import { Health, QueueStatus, WorkerSummary } from '@/contract/worker'

export class ApiError extends Error {
  readonly code: ErrorCode
  /** Field path -> message, for forms. */
  readonly fields: Record<string, string>
  constructor(code: ErrorCode, message: string, fields: Record<string, string> = {}, cause?: unknown) {
    super(message, { cause })
    this.name = 'ApiError'
    this.code = code
    this.fields = fields
  }
}

/** What to tell of a failed call. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function send(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (cause) {
    if (init?.signal?.aborted) throw cause
    throw new ApiError('unavailable', 'The server does not answer. Check that `./drhard serve` is running; this page tries again by itself.', {}, cause)
  }
}

async function request(path: string, init?: RequestInit): Promise<unknown> {
  return bodyOf(path, await send(path, init))
}

/** The JSON of an answer; an ApiError where it is a refusal. */
async function bodyOf(path: string, response: Response): Promise<unknown> {
  if (response.status === 204) return null
  const text = await response.text()
  let body: unknown = null
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new ApiError('broken', `${path} answered ${response.status} with something that is not JSON.`, {}, cause)
  }
  if (response.ok) return body
  const answer = ErrorBody.safeParse(body)
  if (!answer.success) throw new ApiError('broken', `${path} answered ${response.status} without a reason.`)
  const { code, message, fields } = answer.data.error
  // The session has ended: back here once one has signed in again.
  if (code === 'unauthorised' && location.pathname !== '/login') location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`)
  throw new ApiError(code, message, fields)
}

async function read<S extends z.ZodType>(schema: S, path: string, init?: RequestInit): Promise<z.output<S>> {
  return parseAnswer(schema, path, await request(path, init))
}

function parseAnswer<S extends z.ZodType>(schema: S, path: string, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new ApiError('broken', `${path.split('?')[0]} answered in a shape this page does not know; reload the page. ${z.prettifyError(parsed.error)}`, {}, parsed.error)
  return parsed.data
}

const post = (body?: unknown): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) })

function withQuery(path: string, params: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== null && value !== undefined && value !== '') search.set(name, String(value))
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

const run = (id: string) => `/api/runs/${encodeURIComponent(id)}`
const dataset = (id: string) => `/api/datasets/${encodeURIComponent(id)}`

/** A run's curves, and the cursor after which the stream goes on from them. */
async function readLiveMetrics(id: string, signal?: AbortSignal): Promise<{ series: MetricSeries; cursor: string }> {
  const path = addresses.metrics(id)
  const response = await send(path, { signal })
  const series = parseAnswer(MetricSeries, path, await bodyOf(path, response))
  return { series, cursor: response.headers.get(CURSOR_HEADER) ?? '0' }
}

async function readCurves(ids: string[], name: string, signal?: AbortSignal): Promise<Map<string, MetricSeries[string]>> {
  const path = addresses.curves(ids, name)
  const response = await send(path, { signal })
  if (!response.ok) await bodyOf(path, response)
  return unpackCurves(await response.arrayBuffer())
}

/** What pages ask for first, so that their HTML can already name it: components/preload.ts. */
export const addresses = {
  run,
  metrics: (id: string) => `${run(id)}/metrics`,
  runDetails: (ids: string[]) => withQuery('/api/runs/details', { ids: ids.join(',') }),
  curves: (ids: string[], name: string) => withQuery('/api/runs/curves', { ids: ids.join(','), name }),
  runTable: (params: Record<string, string | number>) => withQuery('/api/runs/table', params),
  runColumns: '/api/runs/columns',
}

export const api = {
  /** Names that are taken: `stem`, and `stem-2` and so on. */
  runNames: (stem: string, signal?: AbortSignal) => read(z.array(z.string()), withQuery('/api/runs/names', { stem }), { signal }),
  runTable: (params: Record<string, string | number>, signal?: AbortSignal) => read(RunPage, addresses.runTable(params), { signal }),
  runColumns: (signal?: AbortSignal) => read(RunColumns, addresses.runColumns, { signal }),
  changeRuns: (change: RunsChange) => request('/api/runs/bulk', post(change)),
  /** Goes on when the page is left. */
  deleteRuns: (ids: string[]) => request('/api/runs/delete', { ...post({ ids }), keepalive: true }),
  reports: (signal?: AbortSignal) => read(z.array(ReportSummary), '/api/reports', { signal }),
  report: (id: string, signal?: AbortSignal) => read(Report, `/api/reports/${encodeURIComponent(id)}`, { signal }),
  createReport: (report: NewReport) => read(Report, '/api/reports', post(report)),
  changeReport: (id: string, change: ReportChange) => read(Report, `/api/reports/${encodeURIComponent(id)}`, { ...post(change), method: 'PATCH' }),
  deleteReport: (id: string) => request(`/api/reports/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  views: (signal?: AbortSignal) => read(z.array(SavedView), '/api/views', { signal }),
  saveView: (view: SavedView) => read(SavedView, '/api/views', post(view)),
  deleteView: (name: string) => request(`/api/views/${encodeURIComponent(name)}`, { method: 'DELETE' }),
  run: (id: string, signal?: AbortSignal) => read(RunDetail, run(id), { signal }),
  /** Those that exist. */
  runDetails: (ids: string[], signal?: AbortSignal) => read(z.array(RunDetail), addresses.runDetails(ids), { signal }),
  curves: readCurves,
  liveMetrics: readLiveMetrics,
  launch: (pipeline: NewPipeline) => read(Launched, '/api/runs', post(pipeline)),
  plan: (pipeline: NewPipeline, signal?: AbortSignal) => read(LaunchPlan, '/api/plan', { ...post(pipeline), signal }),
  launchSweep: (sweep: NewSweepInput) => read(Launched, '/api/sweeps', post(sweep)),
  cancelRun: (id: string) => request(`${run(id)}/cancel`, post()),
  retryRun: (id: string, from: string | null = null) => request(withQuery(`${run(id)}/retry`, { from }), post()),
  deleteRun: (id: string) => request(run(id), { method: 'DELETE' }),
  metrics: (id: string, steps: { from: number; to: number } | null, signal?: AbortSignal) => read(MetricSeries, withQuery(addresses.metrics(id), { ...steps }), { signal }),
  logs: (id: string, params: { stepId: string | null; attempt?: number | null; level?: LogLevel; q?: string; before: string | null; limit: number }, signal?: AbortSignal) => read(LogPage, withQuery(`${run(id)}/logs`, params), { signal }),
  logFile: (id: string, stepId: string | null) => withQuery(`${run(id)}/logs/download`, { stepId }),
  attempts: (id: string, signal?: AbortSignal) => read(z.array(StepAttempt), `${run(id)}/attempts`, { signal }),
  lineage: (id: string, signal?: AbortSignal) => read(LineageGraph, `${run(id)}/lineage`, { signal }),
  notes: (id: string, signal?: AbortSignal) => read(RunNotes, `${run(id)}/notes`, { signal }),
  setNotes: (id: string, notes: string) => read(RunNotes, `${run(id)}/notes`, { ...post({ notes }), method: 'PUT' }),
  runFile: (id: string, stepId: string, name: string) => `${run(id)}/files/${encodeURIComponent(stepId)}/${encodeURIComponent(name)}`,
  resources: (id: string, signal?: AbortSignal) => read(RunResources, `${run(id)}/resources`, { signal }),
  queryTable: (id: string, params: { checkpoint: number | null; against: string | null }, signal?: AbortSignal) => read(QueryTable, withQuery(`${run(id)}/query-table`, params), { signal }),
  bounds: (id: string, checkpoint: number, signal?: AbortSignal) => read(RunBounds, withQuery(`${run(id)}/bounds`, { checkpoint }), { signal }),
  judge: (datasetId: string, change: JudgementChange) => read(z.array(OwnJudgement), `${dataset(datasetId)}/judgements`, { ...post(change), method: 'PUT' }),
  judgementsFile: (datasetId: string) => `${dataset(datasetId)}/judgements/download`,
  ranking: (id: string, row: number, params: { checkpoint: number | null; limit: number }, signal?: AbortSignal) => read(QueryRanking, withQuery(`${run(id)}/queries/${row}`, params), { signal }),
  rankingFile: (id: string, format: 'trec' | 'msmarco', checkpoint: number) => withQuery(`${run(id)}/ranking`, { format, checkpoint }),
  trajectories: (id: string, row: number | null, signal?: AbortSignal) => read(Trajectories, withQuery(`${run(id)}/trajectories`, { row }), { signal }),
  tryQuery: (id: string, tried: NewTry) => read(TriedQuery, `${run(id)}/try`, post(tried)),
  triedQuery: (id: string, step: string, signal?: AbortSignal) => read(TriedQuery, `${run(id)}/try/${step}`, { signal }),
  trainedAgainst: (id: string, row: number, signal?: AbortSignal) => read(TrainedAgainst, `${run(id)}/negatives/${row}`, { signal }),
  mineAgain: (id: string, name: string) => read(Launched, `${run(id)}/negatives`, post({ name })),
  negatives: (id: string, signal?: AbortSignal) => read(MinedNegatives, `${run(id)}/negatives`, { signal }),
  exportModel: (id: string, input: NewExport) => read(Export, `${run(id)}/exports`, post(input)),
  bundleFile: (id: string, checkpoint: number) => withQuery(`${run(id)}/bundle`, { checkpoint }),
  judgeUpload: (body: z.input<typeof ExternalRun>) => read(Launched, '/api/runs/external', post(body)),
  fuseRuns: (input: NewFusion) => read(Launched, '/api/runs/fusion', post(input)),
  compare: (ids: string[], measures: string[], signal?: AbortSignal) => read(RunComparison, withQuery('/api/compare', { runs: ids.join(','), measures: measures.join(',') }), { signal }),
  queryValues: (ids: string[], measure: string, signal?: AbortSignal) => read(QueryValues, withQuery('/api/compare/queries', { runs: ids.join(','), measure }), { signal }),
  datasets: (signal?: AbortSignal) => read(z.array(DatasetSummary), '/api/datasets', { signal }),
  dataset: (id: string, signal?: AbortSignal) => read(DatasetSummary, dataset(id), { signal }),
  datasetStatistics: (id: string, signal?: AbortSignal) => read(DatasetStatistics, `${dataset(id)}/statistics`, { signal }),
  findTexts: (id: string, params: { of: 'docs' | 'queries'; q: string; from: number; limit: number }, signal?: AbortSignal) => read(FoundTexts, withQuery(`${dataset(id)}/texts`, params), { signal }),
  judgedQueries: (id: string, params: { split: string; q: string; offset: number; limit: number }, signal?: AbortSignal) => read(JudgedQueries, withQuery(`${dataset(id)}/qrels`, params), { signal }),
  datasetReport: (id: string, signal?: AbortSignal) => read(ImportReport, `${dataset(id)}/report`, { signal }),
  upload: (params: { upload?: string; file: string; at: number; total: number }, body: Blob, signal?: AbortSignal) => read(Upload, withQuery('/api/uploads', params), { method: 'POST', body, signal }),
  models: (signal?: AbortSignal) => read(z.array(ModelSummary), '/api/models', { signal }),
  modelFile: (id: string, name: string) => `/api/models/${encodeURIComponent(id)}/files/${encodeURIComponent(name)}`,
  importModel: (input: z.input<typeof NewModel>) => read(ModelSummary, '/api/models', post(input)),
  deleteModel: (id: string) => request(`/api/models/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  importDataset: (input: NewDataset) => read(DatasetSummary, '/api/datasets', post(input)),
  deleteDataset: (id: string) => request(dataset(id), { method: 'DELETE' }),
  datasetSample: (id: string, signal?: AbortSignal) => read(DatasetSample, `${dataset(id)}/sample`, { signal }),
  workers: (signal?: AbortSignal) => read(z.array(WorkerSummary), '/api/workers', { signal }),
  health: (signal?: AbortSignal) => read(Health, '/api/health', { signal }),
  settings: (signal?: AbortSignal) => read(Settings, '/api/settings', { signal }),
  changeSettings: (change: SettingsChange) => read(Settings, '/api/settings', { ...post(change), method: 'PUT' }),
  artifacts: (signal?: AbortSignal) => read(ArtifactSummary, '/api/artifacts', { signal }),
  collectArtifacts: (request: GcRequest) => read(ArtifactPlan, '/api/artifacts/gc', post(request)),
  me: (signal?: AbortSignal) => read(Me, '/api/session', { signal }),
  signIn: (login: Login) => read(Me, '/api/session', post(login)),
  signOut: () => request('/api/session', { method: 'DELETE' }),
  tokens: (signal?: AbortSignal) => read(z.array(TokenSummary), '/api/tokens', { signal }),
  createToken: (token: NewToken) => read(CreatedToken, '/api/tokens', post(token)),
  revokeToken: (id: string) => request(`/api/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  webhooks: (signal?: AbortSignal) => read(z.array(WebhookSummary), '/api/webhooks', { signal }),
  createWebhook: (hook: NewWebhook) => read(CreatedWebhook, '/api/webhooks', post(hook)),
  deleteWebhook: (id: string) => request(`/api/webhooks/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  audit: (params: { before: string | null; limit: number }, signal?: AbortSignal) => read(AuditPage, withQuery('/api/audit', params), { signal }),
  queue: (signal?: AbortSignal) => read(QueueStatus, '/api/queue', { signal }),
  pauseQueue: (reason: string) => read(QueueStatus, '/api/queue', post({ paused: true, reason })),
  resumeQueue: () => read(QueueStatus, '/api/queue', post({ paused: false })),
  setPriority: (id: string, priority: number) => request(run(id), { ...post({ priority }), method: 'PATCH' }),
  runEvents: (id: string, after: string | null) => withQuery(`${run(id)}/events`, { after }),
  allEvents: (after: string | null) => withQuery('/api/events', { after }),
}

/** Keys of the query cache, in one place so that events and views agree. */
export const keys = {
  runs: ['runs'] as const,
  /** Below keys.runs, which stands for everything that tells of several runs. */
  runTable: (view: unknown, page: number) => ['runs', 'table', view, page] as const,
  runTables: ['runs', 'table'] as const,
  paperRuns: (datasetId: string | null) => ['runs', 'paper', datasetId] as const,
  runColumns: ['runs', 'columns'] as const,
  /** Not below keys.runs: a form that is open keeps what it began with. */
  draft: (of: string, id: string, proposal: unknown) => ['draft', of, id, proposal] as const,
  views: ['views'] as const,
  reports: ['reports'] as const,
  report: (id: string) => ['reports', id] as const,
  plan: (runs: unknown) => ['plan', runs] as const,
  run: (id: string) => ['run', id] as const,
  metrics: (id: string) => ['run', id, 'metrics'] as const,
  comparedRuns: (ids: string[]) => ['compare', 'runs', ids] as const,
  comparedCurves: (ids: string[], name: string) => ['compare', 'curves', ids, name] as const,
  logs: (id: string, stepId: string | null) => ['run', id, 'logs', stepId] as const,
  attempts: (id: string, count: number) => ['run', id, 'attempts', count] as const,
  lineage: (id: string) => ['run', id, 'lineage'] as const,
  notes: (id: string) => ['run', id, 'notes'] as const,
  resources: (id: string) => ['run', id, 'resources'] as const,
  queryTable: (id: string, checkpoint: number, against: string | null) => ['run', id, 'query-table', checkpoint, against] as const,
  bounds: (id: string, checkpoint: number) => ['run', id, 'bounds', checkpoint] as const,
  ranking: (id: string, row: number, checkpoint: number | null, limit: number) => ['run', id, 'ranking', row, checkpoint, limit] as const,
  trajectories: (id: string, row: number | null) => ['run', id, 'trajectories', row] as const,
  negatives: (id: string) => ['run', id, 'negatives'] as const,
  triedQuery: (id: string, step: string) => ['run', id, 'try', step] as const,
  trainedAgainst: (id: string, row: number) => ['run', id, 'negatives', row] as const,
  compare: (ids: string[], measures: string[]) => ['compare', ids, measures] as const,
  queryValues: (ids: string[], measure: string) => ['compare', ids, 'queries', measure] as const,
  datasets: ['datasets'] as const,
  dataset: (id: string) => ['dataset', id] as const,
  datasetStatistics: (id: string) => ['dataset', id, 'statistics'] as const,
  findTexts: (id: string, of: string, q: string) => ['dataset', id, 'texts', of, q] as const,
  judgedQueries: (id: string, params: unknown) => ['dataset', id, 'qrels', params] as const,
  datasetReport: (id: string) => ['dataset', id, 'report'] as const,
  models: ['models'] as const,
  datasetSample: (id: string) => ['dataset', id, 'sample'] as const,
  workers: ['workers'] as const,
  health: ['health'] as const,
  settings: ['settings'] as const,
  artifacts: ['artifacts'] as const,
  me: ['me'] as const,
  tokens: ['tokens'] as const,
  webhooks: ['webhooks'] as const,
  audit: ['audit'] as const,
  queue: ['queue'] as const,
}
