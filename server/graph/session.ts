// What runs a graph, whatever the device: onnxruntime on the CPU, CUDA or WebGPU, or TensorFlow.js. Everything that computes opens sessions here.
import { AppError } from '@/contract/errors'
import type { Device } from '@/contract/run'
import type { Graph } from './graph'
import { openOnnxSession } from './onnx'
import { openOnnxRounds } from './onnx-rounds'
import { openTfjsSession, type TensorFlow } from './tfjs'

/** Data of a tensor with its concrete shape. The array may be a view on memory that the caller goes on using. */
export interface TensorData {
  data: Float32Array | Int32Array
  shape: readonly number[]
}

/** A graph ready to run: native memory that close() frees. */
export interface GraphSession {
  /**
   * Runs the graph. `into` names outputs to be written straight into the caller's memory, which may be an input's own:
   * elementwise updates in place work because each element is read before it is written.
   */
  run(feeds: Record<string, TensorData>, into?: Record<string, TensorData>): Promise<Record<string, TensorData>>
  close(): Promise<void>
}

/** How a graph is repeated. Inputs that are neither carried nor fixed are each round's own, of any size, with at least one axis. */
export interface Loop {
  /** Inputs that the next round takes from an output of the same shape. */
  carried: readonly (readonly [input: string, output: string])[]
  /** An output of one element: the loop ends after a round in which it is 0. */
  goesOn: string
  /** Float outputs [n, 1] of which all rounds' rows are kept, one after the other. */
  collected: readonly string[]
}

/** A graph that is run round after round, what it carries staying in the device's memory. */
export interface LoopSession {
  /** Runs the rounds; `carried` is changed in place. Answers with what was collected, round after round. */
  run(carried: Record<string, TensorData>, rounds: readonly Record<string, TensorData>[]): Promise<Record<string, Float32Array>>
  close(): Promise<void>
}

/** A device that computes: what `auto` was decided to be. */
export type ChosenDevice = Exclude<Device, 'auto'>

export interface Compute {
  /** Threads on the CPU. */
  threads: number
  /** Absent: the CPU. */
  device?: ChosenDevice
  /** Whether products that allow it are computed in half precision, summed in single precision; not by TensorFlow.js. */
  half?: boolean
}

/** Whether a device computes in memory of its own, so that what it is fed with has to be carried there on every run. */
export const hasOwnMemory = (device: ChosenDevice = 'cpu') => device === 'cuda' || device === 'webgpu'

/**
 * Builds a session for a graph. `fixed` are inputs that never change: the session keeps them, on a GPU in its memory. The arrays must stay
 * as they are, because the CPU reads them where they lie. Throws AppError bad-input where the device is absent.
 */
export async function openSession(graph: Graph, { device = 'cpu', threads, half = false }: Compute, fixed: Record<string, TensorData> = {}): Promise<GraphSession> {
  return device === 'tfjs' ? openTfjsSession(graph, await loadTensorFlow(), fixed) : openOnnxSession(graph, { device, threads, half }, fixed)
}

/** Builds a session that repeats a graph, on a device that onnxruntime serves. `fixed` are inputs that are the same in every round. */
export function openLoop(graph: Graph, loop: Loop, { device = 'cpu', threads, half = false }: Compute & { device?: Exclude<ChosenDevice, 'tfjs'> }, fixed: Record<string, TensorData> = {}): Promise<LoopSession> {
  return openOnnxRounds(graph, loop, { device, threads, half }, fixed)
}

/** The optional peers, best first: the CUDA build, then the CPU one. */
const TENSORFLOW = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']

async function loadTensorFlow(): Promise<TensorFlow> {
  const reasons: string[] = []
  for (const name of TENSORFLOW) {
    try {
      return (await import(/* webpackIgnore: true */ name)) as TensorFlow
    } catch (error) {
      reasons.push(`${name}: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  throw new AppError('bad-input', `Device tfjs needs ${TENSORFLOW[0]}, which is not there (${reasons.join('; ')}); npm install ${TENSORFLOW[0]}@4.22.0 on this worker, or choose another device`)
}
