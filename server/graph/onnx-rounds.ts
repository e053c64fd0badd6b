// A graph run round after round with what it carries left in the device's memory. Called by session.ts.
import { Tensor } from 'onnxruntime-node'
import { Graph } from './graph'
import { joined } from './joined'
import { valuesOf } from './onnx-encode'
import { createSession, modelOf, tensor, tensors, type OnnxCompute } from './onnx'
import { encodeLoop, roundFeeds } from './onnx-loop'
import type { Loop, LoopSession, TensorData } from './session'

/** WebGPU's sessions hand tensors of its memory from run to run; CUDA's do not, but CUDA has ONNX's Loop. */
export function openOnnxRounds(graph: Graph, loop: Loop, compute: OnnxCompute, fixed: Record<string, TensorData>): Promise<LoopSession> {
  return compute.device === 'webgpu' ? openDeviceTensors(graph, loop, compute, fixed) : openOnnxLoop(graph, loop, compute, fixed)
}

/** One call makes all rounds. */
async function openOnnxLoop(graph: Graph, loop: Loop, compute: OnnxCompute, fixed: Record<string, TensorData>): Promise<LoopSession> {
  const names = Object.keys(fixed)
  const { model, first, last, kept } = encodeLoop(graph, loop, compute, names)
  const session = await createSession(model, compute)
  return {
    async run(carried, rounds) {
      const feeds = { ...tensors(fixed), ...roundFeeds(graph, loop, names, rounds) }
      const fetches: Record<string, Tensor | null> = Object.fromEntries(loop.collected.map((name) => [kept(name), null]))
      for (const [name, value] of Object.entries(carried)) feeds[first(name)] = fetches[last(name)] = tensor(value)
      const results = await session.run(feeds, fetches)
      return Object.fromEntries(loop.collected.map((name) => [name, results[kept(name)].data as Float32Array]))
    },
    close: () => session.release(),
  }
}

/** One call makes a round, its results in the device's memory being the next one's inputs. */
async function openDeviceTensors(graph: Graph, loop: Loop, compute: OnnxCompute, fixed: Record<string, TensorData>): Promise<LoopSession> {
  const outputs = loop.carried.map(([, output]) => output)
  // only what is fetched: onnxruntime-node 1.30 takes the places of outputs from their order among those fetched
  const fetches = new Map([...outputs, loop.goesOn, ...loop.collected].map((name) => [name, graph.outputs.get(name)!]))
  const session = await createSession({ ...modelOf(graph, compute), outputs: valuesOf(fetches) }, compute, outputs)
  // reading a device's tensor ends the process (onnxruntime-node 1.30: getData aborts), so a graph that does nothing fetches them
  const copy = new Graph()
  for (const [input] of loop.carried) copy.output(`${input} here`, copy.input(input, graph.inputs.get(input)!.shape))
  const download = await createSession(modelOf(copy, compute), compute)
  const { held, release } = await upload(graph, compute, fixed)
  return {
    async run(carried, rounds) {
      const rows: Record<string, Float32Array[]> = Object.fromEntries(loop.collected.map((name) => [name, []]))
      let state = tensors(carried)
      for (const round of rounds) {
        const results = await session.run({ ...state, ...held, ...tensors(round) })
        for (const [input, output] of loop.carried) {
          if (state[input].location === 'gpu-buffer') state[input].dispose()
          state = { ...state, [input]: results[output] }
        }
        for (const name of loop.collected) rows[name].push(results[name].data as Float32Array)
        if (!results[loop.goesOn].data[0]) break
      }
      await download.run(state, Object.fromEntries(Object.entries(carried).map(([name, value]) => [`${name} here`, tensor(value)])))
      for (const value of Object.values(state)) value.dispose()
      return Object.fromEntries(Object.entries(rows).map(([name, parts]) => [name, joined(Float32Array, parts)]))
    },
    async close() {
      await release()
      await session.release()
      await download.release()
    },
  }
}

/** Tensors as they lie in the device's memory, which is theirs until they are released. */
async function upload(graph: Graph, compute: OnnxCompute, values: Record<string, TensorData>): Promise<{ held: Record<string, Tensor>; release(): Promise<void> }> {
  const names = Object.keys(values)
  if (!names.length) return { held: {}, release: () => Promise.resolve() }
  const there = (name: string) => `${name} there`
  const copy = new Graph()
  for (const name of names) copy.output(there(name), copy.input(name, graph.inputs.get(name)!.shape))
  const session = await createSession(modelOf(copy, compute), compute, names.map(there))
  const results = await session.run(tensors(values))
  const held = Object.fromEntries(names.map((name) => [name, results[there(name)]]))
  return {
    held,
    async release() {
      for (const value of Object.values(held)) value.dispose()
      await session.release()
    },
  }
}
