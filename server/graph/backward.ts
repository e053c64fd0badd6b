// Reverse-mode differentiation: one walk over the graph that adds the nodes of the gradients. train/ calls it.
import { GRADIENTS } from './gradients'
import type { Graph } from './graph'
import { isOp, type Node, type Value } from './ops'

/**
 * Adds to `g` the gradients of a scalar with respect to `wrt`, in that order; with `upstream` those of a value of its shape, weighted by it.
 * Throws where a value does not influence the scalar or an op on the way has no gradient.
 */
export function gradients(g: Graph, loss: Value, wrt: readonly Value[], upstream: Value = g.scalar(1)): Value[] {
  if (loss.shape.length !== upstream.shape.length) throw new Error(`gradients need a scalar, got [${loss.shape.join(', ')}]`)
  const forward = [...g.nodes]
  const moving = new Set<Value>(wrt)
  for (const node of forward) if (node.inputs.some((v) => moving.has(v))) node.outputs.forEach((v) => moving.add(v))

  const parts = new Map<Value, Value[]>([[loss, [upstream]]])
  const total = (v: Value): Value | null => {
    const list = parts.get(v)
    if (!list) return null
    const sum = list.reduce((a, b) => g.add(a, b))
    parts.set(v, [sum])
    return sum
  }
  for (const node of forward.reverse()) {
    if (!node.inputs.some((v) => moving.has(v))) continue
    const dy = total(node.outputs[0])
    if (!dy) continue
    applyRule(g, node, dy).forEach((dx, i) => {
      const x = node.inputs[i]
      if (!dx || !moving.has(x)) return
      const reduced = undoBroadcast(g, dx, x)
      const list = parts.get(x)
      if (list) list.push(reduced)
      else parts.set(x, [reduced])
    })
  }
  return wrt.map((v) => {
    const dv = total(v)
    if (!dv) throw new Error(`value ${v.id} [${v.shape.join(', ')}] does not influence the loss`)
    return dv
  })
}

function applyRule(g: Graph, node: Node, dy: Value): (Value | null)[] {
  const rule = GRADIENTS[node.op] as ((g: Graph, node: Node, dy: Value) => (Value | null)[]) | null
  if (!rule) throw new Error(`${node.op} is not differentiable, but a gradient is asked through it`)
  return rule(g, node, dy)
}

/** Sums a gradient over the axes along which its value was broadcast. */
function undoBroadcast(g: Graph, dx: Value, x: Value): Value {
  const extra = dx.shape.length - x.shape.length
  const axes = dx.shape.flatMap((d, i) => (i < extra || (x.shape[i - extra] === 1 && d !== 1) ? [i] : []))
  const sum = axes.length ? g.sum(dx, axes, true) : dx
  return extra ? g.reshape(sum, x.shape) : sum
}

/** Updates of rows of a table: what a gather's gradient is before it is scattered. */
export interface RowUpdates {
  ids: Value
  /** [..., width], one row for each id. */
  rows: Value
  /** The id whose updates are left out. */
  padding: number | null
}

/** The gradient of a table that is only gathered from, as its row updates; null where it is anything else. */
export function rowUpdates(g: Graph, gradient: Value): RowUpdates[] | null {
  const node = g.producerOf(gradient)
  if (node?.op === 'add') {
    const parts = node.inputs.map((v) => rowUpdates(g, v))
    return parts[0] && parts[1] ? [...parts[0], ...parts[1]] : null
  }
  if (!node || !isOp(node, 'scatterAdd')) return null
  return [{ ids: node.inputs[0], rows: node.inputs[1], padding: node.attributes.padding }]
}
