// Step: trains a segment and publishes its last state as a checkpoint. Saves to workDir now and then and on cancel,
// so that a later attempt goes on from there, with the same result as an undisturbed one.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { TrainConfig } from '@/contract/run'
import { gigabytes } from '@/contract/units'
import type { StepContext, StepFunction } from '@/jobs/step'
import { computeOf } from '@/jobs/compute'
import { freeMemoryBytes } from '@/jobs/memory'
import { openDataset } from '@/server/dataset/dataset'
import { readTokens } from '@/server/dataset/token-file'
import { readState, saveState } from '@/server/files/saved-state'
import { readArray } from '@/server/files/typed-array-file'
import { architectureOf } from '@/server/model/architecture'
import { checkTokens } from '@/server/model/check-tokens'
import { initialiseWeights } from '@/server/model/weights'
import { openRanking, type RankingFile } from '@/server/ranking/ranking'
import { createState } from '@/server/train/state'
import { readCheckpoint, resumeCheckpoint, writeCheckpoint, type Checkpoint } from '@/server/train/checkpoint'
import { chunkThatFits, estimateTrainingMemory, smallerChunk, type MemoryOptions } from '@/server/train/memory'
import { readNegatives } from '@/server/ranking/negatives'
import { planMemory, type Recipe } from '@/server/train/segment'
import { trainSegment } from '@/server/train/train'

/** The longest time between two saved states. */
const SAVE_EVERY_MS = 30_000
/** The first is saved soon, so that a step which is killed again and again gets further each time; the next wait 20 times as long as saving takes. */
const FIRST_SAVE_MS = 500
const SAVE_SHARE = 20

export const run: StepFunction<'train'> = (context) => trainStep(context, { saveEveryMs: SAVE_EVERY_MS, freeBytes: freeMemoryBytes() })

/** The step with what tests vary: how often it saves, and the memory there is. */
export async function trainStep(context: StepContext<'train'>, { saveEveryMs, freeBytes }: { saveEveryMs: number; freeBytes: number }): Promise<unknown> {
  const { params, inputs, outDir, workDir, chunkScale, signal, progress, metrics, log } = context
  const { encoder, train, seed, from, to } = params
  const dataset = openDataset(inputs.dataset)
  const teacher = inputs.teacher ? openRanking(path.join(inputs.teacher, 'ranking.bin')) : null
  try {
    const queryRows = dataset.queryRows('train')
    if (queryRows.length === 0) throw new AppError('bad-input', 'The train split has no query with a relevant document; add some to qrels.tsv or change split.tsv')
    const checkpoint = startingPoint(context)
    if (checkpoint.step > from) log('info', `Goes on from step ${checkpoint.step}, saved by an earlier attempt`)
    const { architecture, state } = checkpoint
    const segment = {
      architecture,
      recipe: recipeOf(context, teacher),
      train,
      texts: {
        queries: readTokens(path.join(inputs.tokens, 'queries.tokens')),
        docs: readTokens(path.join(inputs.tokens, 'docs.tokens')),
        maxQueryTokens: encoder.maxQueryTokens,
        maxDocTokens: encoder.maxDocTokens,
      },
    }
    checkTokens(architecture, segment.texts.queries, { name: 'queries', maxTokens: encoder.maxQueryTokens })
    checkTokens(architecture, segment.texts.docs, { name: 'docs', maxTokens: encoder.maxDocTokens })
    if (chunkScale < 1) segment.train = inSmallerPieces(segment, chunkScale, log)
    refuseTooLarge(planMemory(segment), freeBytes, log)
    const save = (step: number) => saveState(workDir, (dir) => writeCheckpoint(dir, { architecture, state, step }))
    const compute = await computeOf(context)
    let savedAt = performance.now()
    let saveAfterMs = Math.min(FIRST_SAVE_MS, saveEveryMs)
    await trainSegment({
      ...segment,
      state,
      queryRows,
      qrels: dataset.qrels,
      seed,
      from: checkpoint.step,
      to,
      ...compute,
      clock: () => performance.now(),
      onDiverged(step, batches) {
        const file = path.join(workDir, `diverged-at-${step}.json`)
        fs.writeFileSync(file, JSON.stringify(batches, (_key, value) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value)))
        log('error', `The batch that diverged is kept in ${file}`)
      },
      onSteps(done, points) {
        metrics(points)
        progress(done - from, to - from, 'steps')
        if (signal.aborted || performance.now() - savedAt > saveAfterMs) {
          const startedAt = performance.now()
          save(done)
          savedAt = performance.now()
          saveAfterMs = Math.min(saveEveryMs, Math.max(FIRST_SAVE_MS, SAVE_SHARE * (savedAt - startedAt)))
        }
        if (signal.aborted) throw new AppError('cancelled', `Stopped after step ${done}; a retry goes on from there`)
      },
    })
    writeCheckpoint(outDir, { architecture, state, step: to })
    return { step: to, weights: state.layout.size, device: compute.device }
  } finally {
    teacher?.close()
    dataset.close()
  }
}

/** The settings for an attempt after one that ran out of memory. Throws AppError bad-input with what to change where no chunk is small enough. */
function inSmallerPieces(segment: Parameters<typeof planMemory>[0], share: number, log: StepContext<'train'>['log']): TrainConfig {
  const cachedChunkTokens = smallerChunk(planMemory(segment), share)
  if (!cachedChunkTokens) throw new AppError('bad-input', 'Training ran out of memory, and no smaller chunk would need half as much: choose a smaller encoder, shorter texts, or a worker with more memory')
  const { hiddenDropout, attentionDropout } = segment.train
  log('warn', `An attempt before ran out of memory: this one encodes ${cachedChunkTokens} tokens at a time, with gradients cached between (the same gradients${hiddenDropout || attentionDropout ? ' but for what dropout draws' : ''}, a third slower)`)
  return { ...segment.train, cachedChunkTokens }
}

/** Says what training will take, and throws AppError bad-input with what to change where that is more than there is. */
function refuseTooLarge(plan: MemoryOptions, freeBytes: number, log: StepContext<'train'>['log']): void {
  const { totalBytes } = estimateTrainingMemory(plan)
  log('info', `Training will take about ${gigabytes(totalBytes)} of the ${gigabytes(freeBytes)} of memory that are free`)
  if (totalBytes <= freeBytes) return
  const chunk = chunkThatFits(plan, freeBytes)
  const advice = chunk ? `set the cached chunk to ${chunk} tokens (the same gradients, a third slower) or lower the batch size` : 'choose a smaller encoder or a worker with more memory'
  throw new AppError('bad-input', `Training would take about ${gigabytes(totalBytes)}, and ${gigabytes(freeBytes)} of memory are free: ${advice}`)
}

/** The state to go on from, with the number of this run's steps that are done. */
function startingPoint({ params: { encoder, seed, from }, inputs, workDir, log }: StepContext<'train'>): Checkpoint {
  const saved = readState(workDir, resumeCheckpoint, log)
  if (saved) return saved
  const architecture = architectureOf(encoder)
  if (!inputs.checkpoint) {
    const state = createState(architecture)
    initialiseWeights(state.layout, state.weights, seed)
    return { architecture, state, step: 0 }
  }
  // the first segment starts from another run's weights with fresh moments, the others go on exactly
  return from === 0 ? { ...readCheckpoint(inputs.checkpoint), step: 0 } : resumeCheckpoint(inputs.checkpoint)
}

/** `teacher`: the scores of one, where the run learns from one. */
function recipeOf({ params, inputs }: StepContext<'train'>, teacher: RankingFile | null): Recipe {
  switch (params.method) {
    case 'in-batch':
      return { method: params.method }
    case 'random':
      return { method: params.method, negativesPerQuery: params.negativesPerQuery! }
    case 'bm25-negatives':
    case 'star':
      return { method: params.method, negatives: readNegatives(path.join(inputs.negatives!, 'negatives')), negativesPerQuery: params.negativesPerQuery!, ...(params.distillation && { teacher: { settings: params.distillation, scoresOf: (row: number) => teacher!.get(row) } }) }
    case 'adore':
      return { method: params.method, collection: readArray(path.join(inputs.docs!, 'docs.embeddings'), 'f32').data, topK: params.topK!, metricCut: params.metricCut! }
  }
}
