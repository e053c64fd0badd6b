// What a run tells while it works: rows of the run_event table, the SSE stream, and the messages of a step child.
import { z } from 'zod'
import { Split, DatasetState } from './dataset'
import { ModelState } from './model'
import { MeasureIntervals, MeasureValues } from './measure'
import { Progress } from './progress'
import { RunState, StepState } from './run'

export const LogLevel = z.enum(['info', 'warn', 'error'])
export type LogLevel = z.infer<typeof LogLevel>
/** The first is as bad as the second, or worse. */
export const isAtLeast = (level: LogLevel, least: LogLevel) => LogLevel.options.indexOf(level) >= LogLevel.options.indexOf(least)

/** One point of a training curve. */
export const MetricPoint = z.object({ name: z.string(), step: z.number().int(), value: z.number() })
export type MetricPoint = z.infer<typeof MetricPoint>

export const RunEventBody = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run-state'), state: RunState, reason: z.string().nullable() }),
  z.object({ type: z.literal('step-state'), stepId: z.string(), state: StepState, attempt: z.number().int(), reason: z.string().nullable(), reused: z.boolean() }),
  z.object({ type: z.literal('progress'), stepId: z.string(), progress: Progress }),
  z.object({ type: z.literal('metrics'), stepId: z.string(), points: z.array(MetricPoint) }),
  z.object({ type: z.literal('evaluation'), stepId: z.string(), split: Split.default('dev'), checkpointStep: z.number().int(), measures: MeasureValues, n: z.number().int(), intervals: MeasureIntervals.optional(), missing: z.number().int().optional() }),
  z.object({ type: z.literal('log'), stepId: z.string().nullable(), attempt: z.number().int().optional(), level: LogLevel, line: z.string() }),
  /** Only in the stream of all events, with `datasetId` and no `runId`. */
  z.object({ type: z.literal('dataset-state'), state: DatasetState, reason: z.string().nullable() }),
  /** Only in the stream of all events, with neither `datasetId` nor `runId`. */
  z.object({ type: z.literal('model-state'), modelId: z.string(), state: ModelState, reason: z.string().nullable() }),
])
export type RunEventBody = z.infer<typeof RunEventBody>

/** Of an answer: the cursor after which the stream tells what the answer lacks. */
export const CURSOR_HEADER = 'x-cursor'

/** A stored event of a run, or of a data set's import (then `runId` is null). `id` is the cursor: bigint as a decimal string, rising in commit order. */
export const RunEvent = z.object({ id: z.string(), runId: z.string().nullable(), datasetId: z.string().nullable(), at: z.iso.datetime(), body: RunEventBody })
export type RunEvent = z.infer<typeof RunEvent>

/** What a step child sends to the worker that spawned it. */
export const ChildMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress: Progress }),
  z.object({ type: z.literal('metrics'), points: z.array(MetricPoint) }),
  z.object({ type: z.literal('log'), level: LogLevel, line: z.string() }),
  /** The artifact is published; `result` is the step's summary (counts, measures). */
  z.object({ type: z.literal('done'), result: z.unknown() }),
  /** `artifactKey` names the input whose files are damaged, where that is why. */
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string(), stack: z.string().optional(), artifactKey: z.string().optional() }),
])
export type ChildMessage = z.infer<typeof ChildMessage>

/** Log lines of a run in order of id; `before` of the next older page is the first id, null where nothing is older. */
export const LogPage = z.object({
  lines: z.array(z.object({ id: z.string(), at: z.iso.datetime(), stepId: z.string().nullable(), attempt: z.number().int().nullable(), level: LogLevel, line: z.string() })),
  before: z.string().nullable(),
})
export type LogPage = z.infer<typeof LogPage>
