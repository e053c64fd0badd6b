// ONNX as protobuf bytes, in pieces, so that weights are written without copying them. Called by onnx.ts for graphs that run here, and by
// model/serving-model.ts for encoders that run elsewhere. Field numbers: onnx/onnx.proto3.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { joined } from './joined'
import type { Dim } from './ops'

export const ELEMENT = { f32: 1, i32: 6, i64: 7, bool: 9, f16: 10 } as const
export type Element = keyof typeof ELEMENT
/** Of a node; `body` is the graph that a Loop repeats. */
export type Attribute = number | { float: number } | readonly number[] | string | { body: OnnxGraph }

export interface OnnxNode {
  type: string
  /** Absent: ONNX's own operators. */
  domain?: string
  inputs: string[]
  outputs: string[]
  attributes?: Record<string, Attribute>
}

export interface OnnxTensor {
  name: string
  dims: readonly number[]
  type: Element
  /** Little-endian, as in memory. */
  raw: Uint8Array
}

interface OnnxValue {
  name: string
  type: Element
  shape: readonly Dim[]
}

export interface OnnxGraph {
  nodes: OnnxNode[]
  initializers: OnnxTensor[]
  inputs: OnnxValue[]
  outputs: OnnxValue[]
}

export interface OnnxModel extends OnnxGraph {
  /** Version of ONNX's operators. */
  opset: number
  /** Names and words that come with the model, such as what its output is. */
  metadata?: Record<string, string>
}

const IR_VERSION = 8

/** The whole model. */
export function onnxBytes(model: OnnxModel): Uint8Array<ArrayBuffer> {
  return joined(Uint8Array, [...onnxPieces(model)])
}

/** The model's bytes in order; those of initializers are views on their own memory. */
export function* onnxPieces({ nodes, initializers, inputs, outputs, opset, metadata = {} }: OnnxModel): Generator<Uint8Array> {
  const head = message((g) => {
    for (const node of nodes) nested(g, 1, (w) => writeNode(w, node))
    text(g, 2, 'graph')
  })
  const tensors = initializers.map((tensor) => ({ raw: tensor.raw, head: tensorHead(tensor) }))
  const tail = message((g) => {
    for (const value of inputs) nested(g, 11, (w) => writeValueInfo(w, value))
    for (const value of outputs) nested(g, 12, (w) => writeValueInfo(w, value))
  })
  const graphBytes = head.length + tensors.reduce((sum, tensor) => sum + tensor.head.length + tensor.raw.length, 0) + tail.length
  yield message((model) => {
    int(model, 1, IR_VERSION)
    text(model, 2, 'drhard-studio')
    model.uint32(tag(7, WireType.LengthDelimited)).uint32(graphBytes)
  })
  yield head
  for (const tensor of tensors) {
    yield tensor.head
    yield tensor.raw
  }
  yield tail
  const domains = new Set(['', ...domainsOf(nodes)])
  yield message((model) => {
    for (const domain of domains)
      nested(model, 8, (w) => {
        text(w, 1, domain)
        int(w, 2, domain === '' ? opset : 1)
      })
    for (const [key, value] of Object.entries(metadata))
      nested(model, 14, (w) => {
        text(w, 1, key)
        text(w, 2, value)
      })
  })
}

function domainsOf(nodes: readonly OnnxNode[]): string[] {
  return nodes.flatMap(({ domain, attributes }) => [...(domain ? [domain] : []), ...Object.values(attributes ?? {}).flatMap((a) => (isBody(a) ? domainsOf(a.body.nodes) : []))])
}

/** An initializer of a graph up to its data. */
function tensorHead({ name, dims, type, raw }: OnnxTensor): Uint8Array {
  const fields = message((w) => {
    for (const d of dims) int(w, 1, d)
    int(w, 2, ELEMENT[type])
    text(w, 8, name)
    w.uint32(tag(9, WireType.LengthDelimited)).uint32(raw.length)
  })
  return message((w) => w.uint32(tag(5, WireType.LengthDelimited)).uint32(fields.length + raw.length).raw(fields))
}

const tag = (field: number, wire: WireType) => (field << 3) | wire
const int = (w: BinaryWriter, field: number, x: number) => w.uint32(tag(field, WireType.Varint)).int64(x)
const text = (w: BinaryWriter, field: number, s: string) => w.uint32(tag(field, WireType.LengthDelimited)).string(s)

function message(write: (w: BinaryWriter) => void): Uint8Array {
  const w = new BinaryWriter()
  write(w)
  return w.finish()
}

function nested(w: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void {
  w.uint32(tag(field, WireType.LengthDelimited)).fork()
  write(w)
  w.join()
}

const isBody = (value: Attribute): value is { body: OnnxGraph } => typeof value === 'object' && 'body' in value

/** A graph inside of a node, under the node's name for it. */
function writeBody(w: BinaryWriter, { nodes, initializers, inputs, outputs }: OnnxGraph): void {
  for (const node of nodes) nested(w, 1, (n) => writeNode(n, node))
  text(w, 2, 'body')
  for (const tensor of initializers) w.raw(tensorHead(tensor)).raw(tensor.raw)
  for (const value of inputs) nested(w, 11, (v) => writeValueInfo(v, value))
  for (const value of outputs) nested(w, 12, (v) => writeValueInfo(v, value))
}

function writeNode(w: BinaryWriter, { type, domain, inputs, outputs, attributes }: OnnxNode): void {
  for (const name of inputs) text(w, 1, name)
  for (const name of outputs) text(w, 2, name)
  text(w, 4, type)
  for (const [name, value] of Object.entries(attributes ?? {})) nested(w, 5, (a) => writeAttribute(a, name, value))
  if (domain) text(w, 7, domain)
}

function writeAttribute(w: BinaryWriter, name: string, value: Attribute): void {
  text(w, 1, name)
  if (typeof value === 'number') {
    int(w, 3, value)
    int(w, 20, 2)
  } else if (typeof value === 'string') {
    text(w, 4, value)
    int(w, 20, 3)
  } else if (isBody(value)) {
    nested(w, 6, (g) => writeBody(g, value.body))
    int(w, 20, 5)
  } else if ('float' in value) {
    w.uint32(tag(2, WireType.Bit32)).float(value.float)
    int(w, 20, 1)
  } else {
    for (const x of value) int(w, 8, x)
    int(w, 20, 7)
  }
}

function writeValueInfo(w: BinaryWriter, { name, type, shape }: OnnxValue): void {
  text(w, 1, name)
  nested(w, 2, (typeProto) =>
    nested(typeProto, 1, (tensorType) => {
      int(tensorType, 1, ELEMENT[type])
      nested(tensorType, 2, (s) => {
        for (const d of shape) nested(s, 1, (dim) => writeDim(dim, d))
      })
    }),
  )
}

function writeDim(w: BinaryWriter, d: Dim): void {
  if (typeof d === 'number') int(w, 1, d)
  else text(w, 2, d)
}
