// A graph repeated by ONNX's Loop: what is carried from round to round stays in the device's memory, what each round gets of its own comes packed
// in two arrays and a table of sizes, so that one call makes many rounds. Called by onnx-rounds.ts.
import { Tensor } from 'onnxruntime-node'
import type { Graph } from './graph'
import { encodeGraph, OPSET, valuesOf, type Encoding } from './onnx-encode'
import { ELEMENT, type Attribute, type OnnxModel, type OnnxNode, type OnnxTensor } from './onnx-file'
import type { DType } from './ops'
import type { Loop, TensorData } from './session'

const DTYPES = ['f32', 'i32'] as const
const NAMES = { count: 'rounds', table: 'table of rounds', f32: 'f32 of rounds', i32: 'i32 of rounds' }

/** Names of inputs that are the same in every round. */
export type FixedNames = readonly string[]

/** Inputs of one round by kind, in the order in which their elements are packed. */
function roundInputs({ inputs }: Graph, { carried }: Loop, fixed: FixedNames, dtype: DType): string[] {
  return [...inputs].filter(([name, value]) => value.dtype === dtype && !fixed.includes(name) && !carried.some(([input]) => input === name)).map(([name]) => name)
}

export interface LoopModel {
  model: OnnxModel
  /** The model's names for what a carried input is at first, and for what it is in the end. */
  first(name: string): string
  last(name: string): string
  /** The model's name for everything that rounds put out under a name. */
  kept(name: string): string
}

/** The model that repeats a graph; fixed inputs are the model's own, which the repeated graph sees from inside. */
export function encodeLoop(graph: Graph, loop: Loop, encoding: Encoding, fixed: FixedNames): LoopModel {
  const [first, last, kept] = ['first', 'last', 'all of'].map((when) => (name: string) => `${when} ${name}`)
  const body = encodeGraph(graph, encoding)
  const unpacking = unpackRound(graph, loop, fixed)
  const appended = (name: string) => `${name}, appended`
  const tail: OnnxNode[] = [
    { type: 'Cast', inputs: [loop.goesOn], outputs: ['condition'], attributes: { to: ELEMENT.bool } },
    ...loop.collected.map((name) => ({ type: 'Concat', inputs: [`${name} so far`, name], outputs: [appended(name)], attributes: { axis: 0 } })),
  ]
  const rows = (names: string[], dim: string) => names.map((name) => ({ name, type: 'f32' as const, shape: [`${dim} ${name}`, 1] }))
  const carriedIn = valuesOf(new Map(loop.carried.map(([input]) => [input, graph.inputs.get(input)!])))
  const carriedOut = loop.carried.map(([input, output]) => ({ name: output, type: graph.outputs.get(output)!.dtype, shape: graph.inputs.get(input)!.shape }))
  const bodyGraph = {
    nodes: [...unpacking.nodes, ...body.nodes, ...tail],
    initializers: [...unpacking.initializers, ...body.initializers],
    inputs: [{ name: 'round', type: 'i64' as const, shape: [] }, { name: 'went on', type: 'bool' as const, shape: [] }, ...carriedIn, ...rows(loop.collected.map((name) => `${name} so far`), 'rows of')],
    outputs: [{ name: 'condition', type: 'bool' as const, shape: [] }, ...carriedOut, ...rows(loop.collected.map(appended), 'rows of')],
  }
  const fixedIn = valuesOf(new Map(fixed.map((name) => [name, graph.inputs.get(name)!])))
  const packed = DTYPES.filter((dtype) => roundInputs(graph, loop, fixed, dtype).length).map((dtype) => ({ name: NAMES[dtype], type: dtype, shape: [`elements ${dtype}`] }))
  const model: OnnxModel = {
    nodes: [
      {
        type: 'Loop',
        inputs: [NAMES.count, 'true', ...loop.carried.map(([input]) => first(input)), ...loop.collected.map(() => 'nothing')],
        outputs: [...loop.carried.map(([input]) => last(input)), ...loop.collected.map(kept)],
        attributes: { body: { body: bodyGraph } },
      },
    ],
    initializers: [
      { name: 'true', dims: [], type: 'bool', raw: Uint8Array.of(1) },
      { name: 'nothing', dims: [0, 1], type: 'f32', raw: new Uint8Array(0) },
    ],
    inputs: [{ name: NAMES.count, type: 'i64', shape: [] }, { name: NAMES.table, type: 'i64', shape: ['rounds', 'columns'] }, ...packed, ...fixedIn, ...carriedIn.map((value) => ({ ...value, name: first(value.name) }))],
    outputs: [...carriedIn.map((value) => ({ ...value, name: last(value.name) })), ...rows(loop.collected.map(kept), 'rows of')],
    opset: OPSET,
  }
  return { model, first, last, kept }
}

/** Nodes that cut a round's inputs out of the packed arrays. */
function unpackRound(graph: Graph, loop: Loop, fixed: FixedNames): { nodes: OnnxNode[]; initializers: OnnxTensor[] } {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  let count = 0
  const fresh = () => `unpacked ${count++}`
  const op = (type: string, inputs: string[], attributes?: Record<string, Attribute>, outputs = [fresh()]) => {
    nodes.push({ type, inputs, outputs, attributes })
    return outputs[0]
  }
  const int = (x: number) => {
    const name = `place ${x}`
    if (!initializers.some((known) => known.name === name)) initializers.push({ name, dims: [1], type: 'i64', raw: new Uint8Array(BigInt64Array.of(BigInt(x)).buffer) })
    return name
  }
  const row = op('Gather', [NAMES.table, 'round'], { axis: 0 })
  let column = 0
  const next = (width: number) => op('Slice', [row, int(column), int((column += width))])
  for (const dtype of DTYPES) {
    const names = roundInputs(graph, loop, fixed, dtype)
    if (!names.length) continue
    let from = next(1)
    for (const name of names) {
      const to = next(1)
      const elements = op('Slice', [NAMES[dtype], from, to])
      op('Reshape', [elements, next(graph.inputs.get(name)!.shape.length)], undefined, [name])
      from = to
    }
  }
  return { nodes, initializers }
}

/** The packed arrays of some rounds, and how many there are. */
export function roundFeeds(graph: Graph, loop: Loop, fixed: FixedNames, rounds: readonly Record<string, TensorData>[]): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = { [NAMES.count]: new Tensor('int64', BigInt64Array.of(BigInt(rounds.length)), []) }
  const table: number[][] = rounds.map(() => [])
  for (const dtype of DTYPES) {
    const names = roundInputs(graph, loop, fixed, dtype)
    if (!names.length) continue
    const total = rounds.reduce((sum, round) => sum + names.reduce((n, name) => n + round[name].data.length, 0), 0)
    const packed = dtype === 'f32' ? new Float32Array(total) : new Int32Array(total)
    let at = 0
    rounds.forEach((round, r) => {
      table[r].push(at)
      for (const name of names) {
        const { data, shape } = round[name]
        packed.set(data, at)
        table[r].push((at += data.length), ...shape)
      }
    })
    feeds[NAMES[dtype]] = packed instanceof Float32Array ? new Tensor('float32', packed, [total]) : new Tensor('int32', packed, [total])
  }
  feeds[NAMES.table] = new Tensor('int64', BigInt64Array.from(table.flat(), BigInt), [rounds.length, table[0].length])
  return feeds
}
