// A checkpoint as a folder: weights (safetensors under Hugging Face's names), config.json and the optimizer's moments.
// Written by the train step; read to go on training, to start another run, and to encode.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { readArray, writeArray } from '@/server/files/typed-array-file'
import { towerPrefix, weightSpecs, type Architecture, type Side } from '@/server/model/architecture'
import { architectureFromConfig, configOf } from '@/server/model/model-config'
import { readSafetensors, writeSafetensors, type NamedTensor } from '@/server/model/safetensors'
import { towerViews, viewsOf } from '@/server/model/weights'
import { createState, type TrainState } from './state'

/** What config.json says of training, beside the architecture. */
const Position = z.object({ drhard: z.object({ step: z.number().int() }) })

export interface Checkpoint {
  architecture: Architecture
  state: TrainState
  /** Optimizer steps done by the run that wrote it. */
  step: number
}

/** The folders of a checkpoint that each hold an encoder: the checkpoint's own, or one a side. */
const encoderFolders = (dir: string, a: Architecture): [Side, string][] => (a.towers === 'shared' ? [['query', dir]] : (['query', 'doc'] as const).map((side) => [side, path.join(dir, side)]))

export function writeCheckpoint(dir: string, { architecture: a, state, step }: Checkpoint): void {
  for (const [side, folder] of encoderFolders(dir, a)) {
    fs.mkdirSync(folder, { recursive: true })
    writeSafetensors(path.join(folder, 'model.safetensors'), towerViews(a, viewsOf(state.layout, state.weights), side))
    const config = configOf(a)
    fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, drhard: { ...config.drhard, step } }, null, 2))
  }
  const moments = new Float32Array(2 * state.layout.size)
  moments.set(state.m)
  moments.set(state.v, state.layout.size)
  writeArray(path.join(dir, 'moments'), moments, [2, state.layout.size])
  writeArray(path.join(dir, 'loss-scale'), state.lossScale, [2])
}

/** Weights of a checkpoint with fresh moments: what another run starts from. Throws as readEncoder does. */
export function readCheckpoint(dir: string): Checkpoint {
  const { architecture, step } = readEncoder(dir, 'query')
  const state = createState(architecture)
  const views = viewsOf(state.layout, state.weights)
  for (const [side] of encoderFolders(dir, architecture)) for (const [name, { data }] of readEncoder(dir, side).weights) views.get(towerPrefix(architecture, side) + name)!.data.set(data)
  return { architecture, state, step }
}

/**
 * A checkpoint's encoder of one side, under the names of an encoder: encoding and search need no room for gradients and moments.
 * Throws AppError broken where files do not fit together: a tensor is missing, has another shape, or is not the model's.
 */
export function readEncoder(dir: string, side: Side): { architecture: Architecture; weights: Map<string, NamedTensor>; step: number } {
  const folder = fs.existsSync(path.join(dir, side)) ? path.join(dir, side) : dir
  const file = path.join(folder, 'config.json')
  const json: unknown = JSON.parse(fs.readFileSync(file, 'utf8'))
  const architecture = architectureFromConfig(json, file)
  const weights = readSafetensors(path.join(folder, 'model.safetensors'))
  const specs = weightSpecs(architecture)
  for (const { name, shape } of specs) {
    const stored = weights.get(name)
    if (stored?.shape.join() !== shape.join())
      throw new AppError('broken', `${folder}/model.safetensors: ${name} is ${stored ? `[${stored.shape.join(', ')}]` : 'missing'}, config.json asks for [${shape.join(', ')}]`)
  }
  const known = new Set(specs.map((spec) => spec.name))
  const extra = [...weights.keys()].filter((name) => !known.has(name))
  if (extra.length) throw new AppError('broken', `${folder}/model.safetensors: ${extra.slice(0, 3).join(', ')} ${extra.length === 1 ? 'is' : 'are'} not in the model of config.json`)
  return { architecture, weights, step: Position.parse(json).drhard.step }
}

/** A checkpoint with its moments: where the run that wrote it goes on, exactly. */
export function resumeCheckpoint(dir: string): Checkpoint {
  const checkpoint = readCheckpoint(dir)
  const { data } = readArray(path.join(dir, 'moments'), 'f32')
  const { layout, m, v, lossScale } = checkpoint.state
  if (data.length !== 2 * layout.size) throw new AppError('broken', `${dir}/moments has ${data.length} numbers, ${2 * layout.size} expected`)
  m.set(data.subarray(0, layout.size))
  v.set(data.subarray(layout.size))
  const scale = path.join(dir, 'loss-scale')
  if (fs.existsSync(scale)) lossScale.set(readArray(scale, 'f32').data) // checkpoints from before there was half precision have none
  return checkpoint
}
