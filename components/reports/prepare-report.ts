// Decides how the parts of a report change while it is edited, and what each says about itself. Pure.
import type { ReportBlock } from '@/contract/report'
import { MEASURES } from '@/contract/measure'

/** A part with a key that it keeps while it is edited, so that its field keeps the focus when it moves. */
export interface EditedBlock {
  key: number
  block: ReportBlock
}

export const keyed = (blocks: readonly ReportBlock[]): EditedBlock[] => blocks.map((block, key) => ({ key, block }))

export const PART_TITLES: Record<ReportBlock['kind'], string> = { text: 'Text', curves: 'Curves', measures: 'Measures', settings: 'Differences in settings' }

/** A new part; runs are those of the nearest part above that shows runs. */
export function newBlock(kind: ReportBlock['kind'], above: readonly EditedBlock[]): ReportBlock {
  const nearest = above.findLast(({ block }) => block.kind !== 'text')?.block
  const runs = nearest && nearest.kind !== 'text' ? nearest.runs : []
  switch (kind) {
    case 'text':
      return { kind, markdown: '' }
    case 'curves':
      return { kind, runs, of: MEASURES[0] }
    case 'measures':
      return { kind, runs, measures: [...MEASURES] }
    case 'settings':
      return { kind, runs }
  }
}

/** Puts a part below the one at `at`. */
export function insertBlock(blocks: readonly EditedBlock[], at: number, kind: ReportBlock['kind']): EditedBlock[] {
  const key = 1 + Math.max(-1, ...blocks.map((edited) => edited.key))
  return blocks.toSpliced(at + 1, 0, { key, block: newBlock(kind, blocks.slice(0, at + 1)) })
}

/** Moves a part up (-1) or down (+1); at the end it stays where it is. */
export function moveBlock(blocks: readonly EditedBlock[], at: number, by: -1 | 1): EditedBlock[] {
  const to = at + by
  return to < 0 || to >= blocks.length ? [...blocks] : blocks.toSpliced(at, 1).toSpliced(to, 0, blocks[at])
}

/** Ids of all runs that a report shows. */
export const runsOf = (blocks: readonly ReportBlock[]): string[] => [...new Set(blocks.flatMap((block) => (block.kind === 'text' ? [] : block.runs)))]
