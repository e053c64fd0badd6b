// The browser's one way to the server: typed requests whose answers are parsed with the contract.
// Used by every view through react-query; a failed answer becomes an ApiError that says what to do.
import { z } from 'zod'
import { AuditPage, CreatedToken, CreatedWebhook, type Login, Me, type NewToken, type NewWebhook, TokenSummary, WebhookSummary } from '@/contract/access'
import { RunComparison } from '@/contract/compare'
import { DatasetSample, DatasetSummary, type NewDataset, ImportReport, Upload } from '@/contract/dataset'
import { ErrorBody, type ErrorCode } from '@/contract/errors'
import { type LogLevel, LogPage } from '@/contract/event'
import { Export, ModelSummary, type NewExport, type NewModel } from '@/contract/model'
import type { MeasureName } from '@/contract/measure'
import { MinedNegatives, QueryPage, QueryRanking, Trajectories } from '@/contract/query'
import { LaunchPlan } from '@/contract/plan'
import { RunResources } from '@/contract/resources'
import { Launched, MetricSeries, type NewFusion, type NewPipeline, RunDetail, RunSummary } from '@/contract/run'
import type { NewSweepInput } from '@/contract/sweep'
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

async function request(path: string, init?: RequestInit): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (cause) {
    if (init?.signal?.aborted) throw cause
    throw new ApiError('unavailable', 'The server does not answer. Check that `./drhard serve` is running; this page tries again by itself.', {}, cause)
  }
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
  const parsed = schema.safeParse(await request(path, init))
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

export const QUERY_SORTS = ['row', 'MRR@10', 'R@100', 'NDCG@10'] as const
export type QuerySort = 'row' | MeasureName

export interface QueryListParams {
  checkpoint: number | null
  sort: QuerySort
  order: 'asc' | 'desc'
  q: string
  offset: number
  limit: number
}

const run = (id: string) => `/api/runs/${encodeURIComponent(id)}`
const dataset = (id: string) => `/api/datasets/${encodeURIComponent(id)}`

export const api = {
  runs: (signal?: AbortSignal) => read(z.array(RunSummary), '/api/runs', { signal }),
  run: (id: string, signal?: AbortSignal) => read(RunDetail, run(id), { signal }),
  launch: (pipeline: NewPipeline) => read(Launched, '/api/runs', post(pipeline)),
  plan: (pipeline: NewPipeline, signal?: AbortSignal) => read(LaunchPlan, '/api/plan', { ...post(pipeline), signal }),
  launchSweep: (sweep: NewSweepInput) => read(Launched, '/api/sweeps', post(sweep)),
  cancelRun: (id: string) => request(`${run(id)}/cancel`, post()),
  retryRun: (id: string) => request(`${run(id)}/retry`, post()),
  deleteRun: (id: string) => request(run(id), { method: 'DELETE' }),
  metrics: (id: string, signal?: AbortSignal) => read(MetricSeries, `${run(id)}/metrics`, { signal }),
  logs: (id: string, params: { stepId: string | null; attempt?: number | null; level?: LogLevel; q?: string; before: string | null; limit: number }, signal?: AbortSignal) => read(LogPage, withQuery(`${run(id)}/logs`, params), { signal }),
  logFile: (id: string, stepId: string | null) => withQuery(`${run(id)}/logs/download`, { stepId }),
  resources: (id: string, signal?: AbortSignal) => read(RunResources, `${run(id)}/resources`, { signal }),
  queries: (id: string, params: QueryListParams, signal?: AbortSignal) => read(QueryPage, withQuery(`${run(id)}/queries`, { ...params }), { signal }),
  ranking: (id: string, row: number, checkpoint: number | null, signal?: AbortSignal) => read(QueryRanking, withQuery(`${run(id)}/queries/${row}`, { checkpoint }), { signal }),
  rankingFile: (id: string, format: 'trec' | 'msmarco', checkpoint: number) => withQuery(`${run(id)}/ranking`, { format, checkpoint }),
  trajectories: (id: string, row: number | null, signal?: AbortSignal) => read(Trajectories, withQuery(`${run(id)}/trajectories`, { row }), { signal }),
  negatives: (id: string, signal?: AbortSignal) => read(MinedNegatives, `${run(id)}/negatives`, { signal }),
  runFile: (id: string, file: { stepId: string; name: string }) => withQuery(`${run(id)}/files/${encodeURIComponent(file.stepId)}`, { name: file.name }),
  exportModel: (id: string, input: NewExport) => read(Export, `${run(id)}/exports`, post(input)),
  bundleFile: (id: string, checkpoint: number) => withQuery(`${run(id)}/bundle`, { checkpoint }),
  uploadRun: (params: { datasetId: string; name: string; file: string }, body: Blob) => read(Launched, withQuery('/api/runs/external', params), { method: 'POST', body }),
  fuseRuns: (input: NewFusion) => read(Launched, '/api/runs/fusion', post(input)),
  compare: (ids: string[], measures: string[], signal?: AbortSignal) => read(RunComparison, withQuery('/api/compare', { runs: ids.join(','), measures: measures.join(',') }), { signal }),
  datasets: (signal?: AbortSignal) => read(z.array(DatasetSummary), '/api/datasets', { signal }),
  datasetReport: (id: string, signal?: AbortSignal) => read(ImportReport, `${dataset(id)}/report`, { signal }),
  upload: (params: { upload?: string; file: string; at: number; total: number }, body: Blob, signal?: AbortSignal) => read(Upload, withQuery('/api/uploads', params), { method: 'POST', body, signal }),
  models: (signal?: AbortSignal) => read(z.array(ModelSummary), '/api/models', { signal }),
  importModel: (input: z.input<typeof NewModel>) => read(ModelSummary, '/api/models', post(input)),
  deleteModel: (id: string) => request(`/api/models/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  importDataset: (input: NewDataset) => read(DatasetSummary, '/api/datasets', post(input)),
  deleteDataset: (id: string) => request(dataset(id), { method: 'DELETE' }),
  datasetSample: (id: string, signal?: AbortSignal) => read(DatasetSample, `${dataset(id)}/sample`, { signal }),
  workers: (signal?: AbortSignal) => read(z.array(WorkerSummary), '/api/workers', { signal }),
  health: (signal?: AbortSignal) => read(Health, '/api/health', { signal }),
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
  plan: (runs: unknown) => ['plan', runs] as const,
  run: (id: string) => ['run', id] as const,
  metrics: (id: string) => ['run', id, 'metrics'] as const,
  logs: (id: string, stepId: string | null) => ['run', id, 'logs', stepId] as const,
  resources: (id: string) => ['run', id, 'resources'] as const,
  queries: (id: string, params: QueryListParams) => ['run', id, 'queries', params] as const,
  ranking: (id: string, row: number, checkpoint: number | null) => ['run', id, 'ranking', row, checkpoint] as const,
  trajectories: (id: string, row: number | null) => ['run', id, 'trajectories', row] as const,
  negatives: (id: string) => ['run', id, 'negatives'] as const,
  compare: (ids: string[], measures: string[]) => ['compare', ids, measures] as const,
  datasets: ['datasets'] as const,
  datasetReport: (id: string) => ['dataset', id, 'report'] as const,
  models: ['models'] as const,
  datasetSample: (id: string) => ['dataset', id, 'sample'] as const,
  workers: ['workers'] as const,
  health: ['health'] as const,
  me: ['me'] as const,
  tokens: ['tokens'] as const,
  webhooks: ['webhooks'] as const,
  audit: ['audit'] as const,
  queue: ['queue'] as const,
}
