// The REST API as a table: what each route takes, answers and needs. The OpenAPI document, the page that shows it, and the check of
// scopes are made from it; a test holds it against the files of app/api.
import { z } from 'zod'
import { AuditPage, CreatedToken, CreatedWebhook, Login, Me, NewToken, NewWebhook, type Scope, TokenSummary, WebhookSummary } from './access'
import { ArtifactPlan, ArtifactSummary, GcRequest, LineageGraph } from './artifact'
import { StepAttempt } from './attempt'
import { QueryValues, RunComparison } from './compare'
import { DatasetStatistics, FoundTexts, JudgedQueries } from './dataset-browser'
import { DatasetSample, DatasetSummary, NewDataset, ImportReport } from './dataset'
import { LogPage } from './event'
import { JudgementChange, OwnJudgement, RunBounds } from './judgement'
import { Export, ModelSummary, NewExport, NewModel } from './model'
import { LaunchPlan } from './plan'
import { Difficulty, MinedNegatives, NewTry, QueryPage, QueryRanking, QueryTable, TrainedAgainst, Trajectories, TriedQuery } from './query'
import { NewReport, Report, ReportChange, ReportSummary } from './report'
import { RunResources } from './resources'
import { FILTER_OPS, RunColumns, RunPage, RunsChange, RunsDeletion, SavedView } from './run-table'
import { ExternalRun, Launched, MetricSeries, NewFusion, NewPipeline, NewRun, Priority, RunDetail, RunFile, RunNotes, RunSummary } from './run'
import { Settings, SettingsChange } from './settings'
import { NewSweep } from './sweep'
import { Upload } from './upload'
import { Health, QueueStatus, WorkerSummary } from './worker'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface ApiRoute {
  method: Method
  /** With {parameters}. */
  path: string
  summary: string
  scope: Scope
  query?: z.ZodType
  body?: z.ZodType
  /** Absent: 204, no content; 'stream' and 'file' are not JSON. */
  answer?: z.ZodType | 'stream' | 'file'
  /** Other than 200. */
  status?: number
  headers?: Record<string, string>
}

const Cursor = z.string().regex(/^\d+$/).describe('The id of an event or a line')
const Checkpoint = z.int().optional().describe('Optimizer step; absent: the last evaluated checkpoint')

/** Query parameters as a reader gives them; the routes parse them from text. */
const q = (shape: z.ZodRawShape) => z.object(shape).partial()

export const QueueChange = z.discriminatedUnion('paused', [
  z.object({ paused: z.literal(true), reason: z.string().trim().min(1, 'Say why, for whoever wonders').max(200, 'At most 200 characters') }),
  z.object({ paused: z.literal(false) }),
])
export const RunChange = z.object({ priority: Priority })
export const MineAgain = NewRun.pick({ name: true })
export const LaunchBody = z.union([NewPipeline, NewRun])

const IDEMPOTENCY = { 'Idempotency-Key': 'Any text of at most 200 characters. The same key with the same body answers with the runs of the first launch, and launches nothing.' }

export const API_ROUTES: ApiRoute[] = [
  { method: 'GET', path: '/api/runs', summary: 'All runs, newest first', scope: 'read', answer: z.array(RunSummary) },
  {
    method: 'POST',
    path: '/api/runs',
    summary: 'Launches one run, or several together: all or none',
    scope: 'launch',
    body: LaunchBody,
    answer: Launched,
    status: 201,
    headers: IDEMPOTENCY,
  },
  {
    method: 'GET',
    path: '/api/runs/table',
    summary: 'A page of the table of runs: filtered, sorted and grouped by facts, configuration and measures',
    scope: 'read',
    query: q({
      q: z.string().describe('Words that name, method, data set, start run, state or tags contain'),
      filter: z.string().describe(`Conditions joined by ;, such as config.train.batchSize>=64;measure.MRR@10>0.3;state=live;tag=paper. Operators: ${FILTER_OPS.join(' ')}`),
      sort: z.string().describe('A fact (created, name, state, ...), config.<path> or measure.<name>'),
      order: z.enum(['asc', 'desc']),
      at: z.string().describe('best, last or an optimizer step: the checkpoint that measures are of'),
      group: z.enum(['none', 'seeds']),
      archived: z.enum(['no', 'only']),
      offset: z.int(),
      limit: z.int().max(500),
    }),
    answer: RunPage,
  },
  { method: 'GET', path: '/api/runs/details', summary: 'Up to 20 runs as their pages show them; those that do not exist are left out', scope: 'read', query: q({ ids: z.string().describe('Ids joined by commas') }), answer: z.array(RunDetail) },
  { method: 'GET', path: '/api/runs/curves', summary: 'One training metric of up to 20 runs, packed as contract/packed-curves.ts says', scope: 'read', query: q({ ids: z.string().describe('Ids joined by commas'), name: z.string().describe('Such as loss') }), answer: 'file' },
  { method: 'GET', path: '/api/runs/names', summary: 'Names of runs that are a stem, or a stem with -2, -3 and so on', scope: 'read', query: q({ stem: z.string() }), answer: z.array(z.string()) },
  { method: 'GET', path: '/api/runs/columns', summary: 'Columns that the table of runs can have, and the tags in use', scope: 'read', answer: RunColumns },
  { method: 'POST', path: '/api/runs/bulk', summary: 'Archives, unarchives, tags or untags runs, all or none', scope: 'launch', body: RunsChange },
  { method: 'POST', path: '/api/runs/delete', summary: 'Deletes finished runs with the artifacts that only they need, all or none', scope: 'admin', body: RunsDeletion },
  { method: 'GET', path: '/api/reports', summary: 'Reports, the last changed first', scope: 'read', answer: z.array(ReportSummary) },
  { method: 'POST', path: '/api/reports', summary: 'Creates a report', scope: 'launch', body: NewReport, answer: Report, status: 201 },
  { method: 'GET', path: '/api/reports/{id}', summary: 'A report with its text', scope: 'read', answer: Report },
  { method: 'PATCH', path: '/api/reports/{id}', summary: 'Changes a report, unless somebody else has since it was read', scope: 'launch', body: ReportChange, answer: Report },
  { method: 'DELETE', path: '/api/reports/{id}', summary: 'Deletes a report', scope: 'launch' },
  { method: 'GET', path: '/api/views', summary: 'Named views of the table of runs', scope: 'read', answer: z.array(SavedView) },
  { method: 'POST', path: '/api/views', summary: 'Keeps a view of the table of runs under its name', scope: 'launch', body: SavedView, answer: SavedView, status: 201 },
  { method: 'DELETE', path: '/api/views/{name}', summary: 'Forgets a view of the table of runs', scope: 'launch' },
  { method: 'POST', path: '/api/runs/external', summary: 'Judges an uploaded run file of another system (/api/uploads) beside ours', scope: 'launch', body: ExternalRun, answer: Launched, status: 201 },
  { method: 'POST', path: '/api/runs/fusion', summary: 'Fuses the rankings of runs into a new run', scope: 'launch', body: NewFusion, answer: Launched, status: 201 },
  { method: 'POST', path: '/api/sweeps', summary: 'Launches one run varied over fields and seeds, by grid or at random; runs behind the median can be stopped early', scope: 'launch', body: NewSweep, answer: Launched, status: 201, headers: IDEMPOTENCY },
  { method: 'POST', path: '/api/plan', summary: 'What a launch would take (memory, disk, time of every step) and whether it fits; launches nothing', scope: 'read', body: LaunchBody, answer: LaunchPlan },
  { method: 'GET', path: '/api/runs/{id}', summary: 'A run with its steps, evaluations and files', scope: 'read', answer: RunDetail },
  { method: 'PATCH', path: '/api/runs/{id}', summary: 'Changes the priority of a live run', scope: 'launch', body: RunChange, answer: RunSummary },
  { method: 'DELETE', path: '/api/runs/{id}', summary: 'Deletes a finished run with the artifacts that only it needs', scope: 'admin' },
  { method: 'POST', path: '/api/runs/{id}/cancel', summary: 'Asks a run to stop; its running step saves first', scope: 'launch', answer: RunSummary },
  { method: 'POST', path: '/api/runs/{id}/retry', summary: 'Lets a failed or cancelled run go on from its first unfinished step; or does a step of an ended run, and what was made of it, again', scope: 'launch', query: q({ from: z.string().optional().describe('Id of the step to do again') }), answer: RunSummary },
  { method: 'GET', path: '/api/runs/{id}/events', summary: 'Events of a run as they happen, as server-sent events; resumes after Last-Event-ID', scope: 'read', query: q({ after: Cursor }), answer: 'stream' },
  { method: 'GET', path: '/api/runs/{id}/metrics', summary: 'Training curves of a run, or a stretch of their steps; what is long is thinned to the extremes of its buckets', scope: 'read', query: q({ from: z.int(), to: z.int() }), answer: MetricSeries },
  {
    method: 'GET',
    path: '/api/runs/{id}/logs',
    summary: 'Log lines of a run: the newest, or those before a cursor; searched and filtered on the server',
    scope: 'read',
    query: q({ stepId: z.string(), attempt: z.int(), level: z.enum(['info', 'warn', 'error']).describe('This level and worse'), q: z.string().describe('Text that the line contains, in any case'), before: Cursor, limit: z.int().max(1000) }),
    answer: LogPage,
  },
  { method: 'GET', path: '/api/runs/{id}/logs/download', summary: 'The whole log as text, one line a line', scope: 'read', query: q({ stepId: z.string() }), answer: 'file' },
  { method: 'GET', path: '/api/runs/{id}/resources', summary: 'Cores, memory and device that the run’s steps took', scope: 'read', answer: RunResources },
  { method: 'GET', path: '/api/runs/{id}/lineage', summary: 'Every artifact that a run goes back to, and what was made from what', scope: 'read', answer: LineageGraph },
  { method: 'GET', path: '/api/runs/{id}/attempts', summary: 'Every attempt at the run’s steps', scope: 'read', answer: z.array(StepAttempt) },
  { method: 'GET', path: '/api/runs/{id}/notes', summary: 'What people wrote about the run, in Markdown', scope: 'read', answer: RunNotes },
  { method: 'PUT', path: '/api/runs/{id}/notes', summary: 'Replaces the notes of a run', scope: 'launch', body: RunNotes, answer: RunNotes },
  { method: 'GET', path: '/api/runs/{id}/files/{step}/{name}', summary: 'One file that a step of the run published', scope: 'read', answer: 'file' },
  { method: 'GET', path: '/api/runs/{id}/files', summary: 'Files of a run’s artifacts', scope: 'read', answer: z.array(RunFile) },
  { method: 'POST', path: '/api/runs/{id}/exports', summary: 'Has a worker write a checkpoint as a Hugging Face folder or an ONNX model; its files are then among the run’s', scope: 'launch', body: NewExport, answer: Export, status: 202 },
  { method: 'GET', path: '/api/runs/{id}/ranking', summary: 'A ranking with official ids, as a run file', scope: 'read', query: q({ format: z.enum(['trec', 'msmarco']), checkpoint: Checkpoint }), answer: 'file' },
  { method: 'GET', path: '/api/runs/{id}/negatives', summary: 'Mined hard negatives that may well be relevant', scope: 'read', answer: MinedNegatives },
  { method: 'GET', path: '/api/runs/{id}/negatives/{row}', summary: 'What a training query was trained against', scope: 'read', answer: TrainedAgainst },
  { method: 'POST', path: '/api/runs/{id}/negatives', summary: 'Launches the run again without the negatives that were judged relevant here', scope: 'launch', body: MineAgain, answer: Launched, status: 201 },
  { method: 'POST', path: '/api/runs/{id}/try', summary: 'Searches the collection for a text with a checkpoint, on a worker', scope: 'launch', body: NewTry, answer: TriedQuery, status: 202 },
  { method: 'GET', path: '/api/runs/{id}/try/{step}', summary: 'What became of a query that is tried', scope: 'read', answer: TriedQuery },
  { method: 'GET', path: '/api/runs/{id}/trajectories', summary: 'Where the first relevant document of every judged query stands at each checkpoint', scope: 'read', query: q({ row: z.int() }), answer: Trajectories },
  { method: 'GET', path: '/api/runs/{id}/bundle', summary: 'Run files, measures, configuration and fingerprints of a checkpoint, as an archive', scope: 'read', query: q({ checkpoint: Checkpoint }), answer: 'file' },
  { method: 'GET', path: '/api/runs/{id}/queries', summary: 'Judged queries of a run with their measures, and how hard they are for BM25', scope: 'read', query: q({ checkpoint: Checkpoint, sort: z.string(), order: z.enum(['asc', 'desc']), q: z.string(), difficulty: Difficulty.optional(), offset: z.int(), limit: z.int().max(1000) }), answer: QueryPage },
  { method: 'GET', path: '/api/runs/{id}/query-table', summary: 'All judged queries with every measure in columns, beside those of a second run', scope: 'read', query: q({ checkpoint: Checkpoint, against: z.string(), againstCheckpoint: Checkpoint }), answer: QueryTable },
  { method: 'GET', path: '/api/runs/{id}/bounds', summary: 'Measures with the judgements made here, and what unjudged documents could make of them', scope: 'read', query: q({ checkpoint: Checkpoint }), answer: RunBounds },
  { method: 'GET', path: '/api/runs/{id}/queries/{row}', summary: 'One query’s ranking with texts and grades', scope: 'read', query: q({ checkpoint: Checkpoint, limit: z.int().max(1000) }), answer: QueryRanking },
  { method: 'GET', path: '/api/compare', summary: 'Runs against the first of them, on every measure', scope: 'read', query: q({ runs: z.string().describe('Ids, separated by commas'), measures: z.string() }), answer: RunComparison },
  { method: 'GET', path: '/api/compare/queries', summary: 'One measure of runs, query by query, with texts and BM25’s value', scope: 'read', query: q({ runs: z.string().describe('Ids, separated by commas'), measure: z.string() }), answer: QueryValues },
  { method: 'GET', path: '/api/events', summary: 'Events of all runs and data sets as they happen', scope: 'read', query: q({ after: Cursor }), answer: 'stream' },
  { method: 'GET', path: '/api/datasets', summary: 'All data sets', scope: 'read', answer: z.array(DatasetSummary) },
  { method: 'POST', path: '/api/datasets', summary: 'Creates a data set and imports it', scope: 'launch', body: NewDataset, answer: DatasetSummary, status: 201 },
  { method: 'GET', path: '/api/datasets/{id}', summary: 'One data set', scope: 'read', answer: DatasetSummary },
  { method: 'DELETE', path: '/api/datasets/{id}', summary: 'Deletes a data set that no run uses', scope: 'admin' },
  { method: 'GET', path: '/api/datasets/{id}/sample', summary: 'A few of its queries with their relevant documents', scope: 'read', answer: DatasetSample },
  { method: 'GET', path: '/api/datasets/{id}/report', summary: 'What its import found: lines left out, ids that do not fit, comparison with a known collection', scope: 'read', answer: ImportReport },
  { method: 'GET', path: '/api/datasets/{id}/statistics', summary: 'Lengths of texts, judgements per query, grades', scope: 'read', answer: DatasetStatistics },
  { method: 'GET', path: '/api/datasets/{id}/texts', summary: 'Documents or queries that hold all words, or with an official id; looks on from a row', scope: 'read', query: q({ of: z.enum(['docs', 'queries']), q: z.string(), from: z.int(), limit: z.int().max(200) }), answer: FoundTexts },
  { method: 'GET', path: '/api/datasets/{id}/qrels', summary: 'Queries of a split with what is judged of them', scope: 'read', query: q({ split: z.enum(['train', 'dev', 'test', 'lead']), q: z.string(), offset: z.int(), limit: z.int().max(100) }), answer: JudgedQueries },
  { method: 'GET', path: '/api/datasets/{id}/judgements', summary: 'Judgements made here, beside the official ones', scope: 'read', query: q({ row: z.int() }), answer: z.array(OwnJudgement) },
  { method: 'PUT', path: '/api/datasets/{id}/judgements', summary: 'Makes, changes or takes back a judgement; the official ones stay as they are', scope: 'launch', body: JudgementChange, answer: z.array(OwnJudgement) },
  { method: 'GET', path: '/api/datasets/{id}/judgements/download', summary: 'Judgements made here as a qrels file with official ids', scope: 'read', answer: 'file' },
  { method: 'POST', path: '/api/uploads', summary: 'Keeps a piece (the body, at most 8 MiB) of one file of a data set, or of a run file, on the server', scope: 'launch', query: q({ upload: z.string().describe('Of the first answer, for all others'), file: z.string(), at: z.int().describe('Where the piece begins'), total: z.int().describe('Bytes of the whole file') }), answer: Upload, status: 201 },
  { method: 'GET', path: '/api/models', summary: 'Imported models', scope: 'read', answer: z.array(ModelSummary) },
  { method: 'POST', path: '/api/models', summary: 'Creates a model and imports it', scope: 'launch', body: NewModel, answer: ModelSummary, status: 201 },
  { method: 'GET', path: '/api/models/{id}', summary: 'One imported model', scope: 'read', answer: ModelSummary },
  { method: 'GET', path: '/api/models/{id}/files/{name}', summary: 'One file of an imported model, such as model.safetensors', scope: 'read', answer: 'file' },
  { method: 'DELETE', path: '/api/models/{id}', summary: 'Deletes a model that no run starts from', scope: 'admin' },
  { method: 'GET', path: '/api/workers', summary: 'Job server processes', scope: 'read', answer: z.array(WorkerSummary) },
  { method: 'GET', path: '/api/queue', summary: 'Whether the queue gives out steps', scope: 'read', answer: QueueStatus },
  { method: 'POST', path: '/api/queue', summary: 'Pauses or resumes the queue; running steps go on', scope: 'admin', body: QueueChange, answer: QueueStatus },
  { method: 'GET', path: '/api/artifacts', summary: 'Published artifacts, largest first', scope: 'read', answer: ArtifactSummary },
  { method: 'POST', path: '/api/artifacts/gc', summary: 'Plans what may be removed, and removes it where dryRun is false', scope: 'admin', body: GcRequest, answer: ArtifactPlan },
  { method: 'GET', path: '/api/settings', summary: 'What the installation is set to, by its environment and by people', scope: 'read', answer: Settings },
  { method: 'PUT', path: '/api/settings', summary: 'Changes what people may set', scope: 'admin', body: SettingsChange, answer: Settings },
  { method: 'GET', path: '/api/session', summary: 'Who asks', scope: 'read', answer: Me },
  { method: 'POST', path: '/api/session', summary: 'Signs in; the answer sets a cookie', scope: 'read', body: Login, answer: Me },
  { method: 'DELETE', path: '/api/session', summary: 'Signs out', scope: 'read' },
  { method: 'GET', path: '/api/tokens', summary: 'API tokens', scope: 'admin', answer: z.array(TokenSummary) },
  { method: 'POST', path: '/api/tokens', summary: 'Makes an API token; this answer is the only one that shows it', scope: 'admin', body: NewToken, answer: CreatedToken, status: 201 },
  { method: 'DELETE', path: '/api/tokens/{id}', summary: 'Revokes an API token', scope: 'admin' },
  { method: 'GET', path: '/api/webhooks', summary: 'Webhooks and how their calls went', scope: 'admin', answer: z.array(WebhookSummary) },
  { method: 'POST', path: '/api/webhooks', summary: 'Adds a webhook that is called when runs end', scope: 'admin', body: NewWebhook, answer: CreatedWebhook, status: 201 },
  { method: 'DELETE', path: '/api/webhooks/{id}', summary: 'Removes a webhook', scope: 'admin' },
  { method: 'GET', path: '/api/audit', summary: 'Who did what, newest first', scope: 'admin', query: q({ before: Cursor, limit: z.int().max(500) }), answer: AuditPage },
  { method: 'GET', path: '/api/health', summary: 'Whether the database answers and a worker is there; needs no login', scope: 'read', answer: Health },
  { method: 'GET', path: '/api/openapi.json', summary: 'This document', scope: 'read', answer: z.record(z.string(), z.unknown()) },
]

/** The scope that a request needs; undefined where the table has no such route. */
export function scopeOf(method: string, path: string): Scope | undefined {
  const parts = path.split('/')
  return API_ROUTES.find((route) => {
    const wanted = route.path.split('/')
    return route.method === (method === 'HEAD' ? 'GET' : method) && wanted.length === parts.length && wanted.every((part, i) => part.startsWith('{') || part === parts[i])
  })?.scope
}
