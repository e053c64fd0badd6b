// A checkpoint as a folder: weights (safetensors under Hugging Face's names), config.json and the optimizer's moments.
// Written by train.ts; read to go on training, to start another run, and to encode.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { readArray, writeArray } from '@/server/files/typed-array-file'
import { weightSpecs, type Architecture } from '@/server/model/architecture'
import { architectureFromConfig, configOf } from '@/server/model/model-config'
import { readSafetensors, writeSafetensors, type NamedTensor } from '@/server/model/safetensors'
import { viewsOf } from '@/server/model/weights'
import { createState, type TrainState } from './adamw'

/** What config.json says of training, beside the architecture. */
const Position = z.object({ drhard: z.object({ step: z.number().int() }) })

export interface Checkpoint {
  architecture: Architecture
  state: TrainState
  /** Optimizer steps done by the run that wrote it. */
  step: number
}

export function writeCheckpoint(dir: string, { architecture: a, state, step }: Checkpoint): void {
  fs.mkdirSync(dir, { recursive: true })
  writeSafetensors(path.join(dir, 'model.safetensors'), viewsOf(state.layout, state.weights))
  const moments = new Float32Array(2 * state.layout.size)
  moments.set(state.m)
  moments.set(state.v, state.layout.size)
  writeArray(path.join(dir, 'moments'), moments, [2, state.layout.size])
  const config = configOf(a)
  fs.writeFileSync(path.join(dir, 'config.json'), JSON.stringify({ ...config, drhard: { ...config.drhard, step } }, null, 2))
}

/** Weights of a checkpoint with fresh moments: what another run starts from. Throws as readEncoder does. */
export function readCheckpoint(dir: string): Checkpoint {
  const { architecture, weights, step } = readEncoder(dir)
  const state = createState(architecture)
  for (const [name, view] of viewsOf(state.layout, state.weights)) view.data.set(weights.get(name)!.data)
  return { architecture, state, step }
}

/** A checkpoint's encoder alone: encoding and search need no room for gradients and moments. Throws AppError broken where files do not fit together. */
export function readEncoder(dir: string): { architecture: Architecture; weights: Map<string, NamedTensor>; step: number } {
  const file = path.join(dir, 'config.json')
  const json: unknown = JSON.parse(fs.readFileSync(file, 'utf8'))
  const architecture = architectureFromConfig(json, file)
  const tensors = readSafetensors(path.join(dir, 'model.safetensors'))
  const weights = new Map<string, NamedTensor>()
  for (const { name, shape } of weightSpecs(architecture)) {
    const stored = tensors.get(name)
    if (!stored || stored.shape.join() !== shape.join())
      throw new AppError('broken', `${dir}/model.safetensors: ${name} is ${stored ? `[${stored.shape.join(', ')}]` : 'missing'}, config.json asks for [${shape.join(', ')}]`)
    weights.set(name, stored)
  }
  return { architecture, weights, step: Position.parse(json).drhard.step }
}

/** A checkpoint with its moments: where the run that wrote it goes on, exactly. */
export function resumeCheckpoint(dir: string): Checkpoint {
  const checkpoint = readCheckpoint(dir)
  const { data } = readArray(path.join(dir, 'moments'), 'f32')
  const { layout, m, v } = checkpoint.state
  if (data.length !== 2 * layout.size) throw new AppError('broken', `${dir}/moments has ${data.length} numbers, ${2 * layout.size} expected`)
  m.set(data.subarray(0, layout.size))
  v.set(data.subarray(layout.size))
  return checkpoint
}
