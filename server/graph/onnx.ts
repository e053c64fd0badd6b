// Runs graphs with onnxruntime-node. Called by session.ts.
// run() is a synchronous native call: it blocks this process, so only step children, tests and benchmarks load this file.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Graph } from './graph'
import { encodeGraph, OPSET, valuesOf, type Encoding } from './onnx-encode'
import { onnxBytes, type OnnxModel } from './onnx-file'
import type { GraphSession, TensorData } from './session'

export interface OnnxCompute extends Encoding {
  threads: number
}

/** Builds a session for a graph with one of onnxruntime's execution providers; ops that a GPU provider lacks run on the CPU. */
export async function openOnnxSession(graph: Graph, compute: OnnxCompute, fixed: Record<string, TensorData>): Promise<GraphSession> {
  const isHost = compute.device === 'cpu'
  const held = isHost ? tensors(fixed) : {}
  const session = await createSession(modelOf(graph, compute, isHost ? {} : fixed), compute) // a part of the model is uploaded once, a feed on every run
  const names = [...graph.outputs.keys()]
  return {
    async run(feeds, into = {}) {
      const fetches = Object.fromEntries(names.map((name) => [name, into[name] ? tensor(into[name]) : null]))
      const results = await session.run({ ...held, ...tensors(feeds) }, fetches)
      return Object.fromEntries(names.map((name) => [name, into[name] ?? { data: results[name].data as Float32Array | Int32Array, shape: results[name].dims }]))
    },
    close: () => session.release(),
  }
}

/** A graph as a model; inputs named in `fixed` become its constants. */
export function modelOf(graph: Graph, encoding: Encoding, fixed: Record<string, TensorData> = {}): OnnxModel {
  const inputs = valuesOf(graph.inputs).filter(({ name }) => !(name in fixed))
  return { ...encodeGraph(graph, encoding, fixed), inputs, outputs: valuesOf(graph.outputs), opset: OPSET }
}

/** `onDevice` names outputs that stay in the device's memory. */
export function createSession(model: OnnxModel, { device, threads }: OnnxCompute, onDevice: readonly string[] = []): Promise<InferenceSession> {
  return InferenceSession.create(onnxBytes(model), {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false, // shapes change from run to run
    // threads that spin while they wait gain nothing on a quiet machine (95 against 97 ms a training step) and cost 1.7 times where others compute
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel: device === 'cpu' ? 3 : 4, // a provider that is absent throws; its log would only repeat it
    ...(onDevice.length ? { preferredOutputLocation: Object.fromEntries(model.outputs.map(({ name }) => [name, onDevice.includes(name) ? 'gpu-buffer' : 'cpu'])) } : {}),
  })
}

export function tensor({ data, shape }: TensorData): Tensor {
  return data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('int32', data, shape)
}

export const tensors = (values: Record<string, TensorData>): Record<string, Tensor> => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tensor(value)]))
