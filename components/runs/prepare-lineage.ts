// Decides how the graph of artifacts is drawn: columns by how much lies before a node, rows within them, and the lines between.
import type { LineageGraph } from '@/contract/artifact'

type Node = LineageGraph['nodes'][number]

export interface PlacedNode extends Node {
  left: number
  top: number
}

export interface LineageDrawing {
  nodes: PlacedNode[]
  lines: { from: string; to: string; role: string; path: string }[]
  width: number
  height: number
}

export const NODE = { width: 168, height: 44 }
const GAP = { x: 44, y: 16 }
/** Room above and below for lines that go round nodes. */
const ROOM = 44

/** Every line goes from left to right: a node stands one column after the last of its inputs. */
export function placeLineage({ nodes, edges }: LineageGraph): LineageDrawing {
  const column = new Map<string, number>()
  // Inputs come before what is made of them.
  for (const { key } of nodes) column.set(key, Math.max(0, ...edges.filter((edge) => edge.to === key && column.has(edge.from)).map((edge) => column.get(edge.from)! + 1)))
  const columns: Node[][] = []
  for (const node of nodes) (columns[column.get(node.key)!] ??= []).push(node)
  const row = new Map<string, number>()
  for (const members of columns) {
    // Beside what they are made of, so that lines seldom cross.
    const wish = (key: string) => {
      const rows = edges.filter((edge) => edge.to === key && row.has(edge.from)).map((edge) => row.get(edge.from)!)
      return rows.length > 0 ? rows.reduce((sum, each) => sum + each, 0) / rows.length : 0
    }
    members.sort((a, b) => wish(a.key) - wish(b.key))
    members.forEach(({ key }, i) => row.set(key, i))
  }
  const tallest = Math.max(0, ...columns.map((members) => members.length))
  const height = tallest * (NODE.height + GAP.y) - GAP.y + 2 * ROOM
  const placed = nodes.map((node): PlacedNode => {
    const members = columns[column.get(node.key)!].length
    return { ...node, left: column.get(node.key)! * (NODE.width + GAP.x), top: (height - members * (NODE.height + GAP.y) + GAP.y) / 2 + row.get(node.key)! * (NODE.height + GAP.y) }
  })
  const at = new Map(placed.map((node) => [node.key, node]))
  const lines = edges.flatMap(({ from, to, role }) => {
    const [a, b] = [at.get(from), at.get(to)]
    if (!a || !b) return []
    const [x1, y1, x2, y2] = [a.left + NODE.width, a.top + NODE.height / 2, b.left, b.top + NODE.height / 2]
    const span = column.get(to)! - column.get(from)!
    // A line over several columns would run through what stands between: the data set's go above, the others below.
    const around = span > 1 && Math.abs(y2 - y1) < NODE.height ? (role === 'dataset' ? -1 : 1) * (NODE.height + Math.min(span, 6) * 6) : 0
    const bend = span > 1 ? GAP.x + 20 : (x2 - x1) / 2
    return [{ from, to, role, path: `M${x1} ${y1}C${x1 + bend} ${y1 + around} ${x2 - bend} ${y2 + around} ${x2} ${y2}` }]
  })
  return { nodes: placed, lines, width: columns.length * (NODE.width + GAP.x) - GAP.x, height }
}
