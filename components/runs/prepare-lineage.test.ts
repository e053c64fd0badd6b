// Lines go from left to right, and nodes do not lie on one another.
import { expect, it } from 'vitest'
import { NODE, placeLineage } from './prepare-lineage'

const node = (key: string) => ({ key, kind: 'train', label: key, runId: null, runName: null, bytes: 1, published: true })

it('puts every node after its inputs and apart from the others', () => {
  const drawing = placeLineage({ nodes: ['data', 'tokens', 'a', 'b', 'end'].map(node), edges: [['data', 'tokens'], ['tokens', 'a'], ['data', 'b'], ['a', 'end'], ['b', 'end']].map(([from, to]) => ({ from, to, role: 'r' })) })
  const at = new Map(drawing.nodes.map((each) => [each.key, each]))
  for (const { from, to } of drawing.lines) expect(at.get(from)!.left + NODE.width).toBeLessThan(at.get(to)!.left)
  for (const one of drawing.nodes) for (const other of drawing.nodes) if (one !== other && one.left === other.left) expect(Math.abs(one.top - other.top)).toBeGreaterThanOrEqual(NODE.height)
  expect(drawing.lines).toHaveLength(5)
  expect(placeLineage({ nodes: [], edges: [] }).nodes).toEqual([])
})
