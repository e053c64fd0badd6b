// Decides what stands between the rankings of two systems: a line for each document that both have among their shown ranks, and what only one has.
import type { RankedDoc } from '@/contract/query'

export interface MovementLine {
  docRow: number
  /** Places from the top, from 0. */
  left: number
  right: number
  isRelevant: boolean
}

/** In order of the left ranking; lines of relevant documents come last, to be drawn on top. */
export function movementLines(left: readonly RankedDoc[], right: readonly RankedDoc[]): MovementLine[] {
  const places = new Map(right.map((doc, i) => [doc.row, i]))
  const lines = left.flatMap((doc, i) => {
    const place = places.get(doc.row)
    return place === undefined ? [] : [{ docRow: doc.row, left: i, right: place, isRelevant: isRelevant(doc) }]
  })
  return [...lines.filter((line) => !line.isRelevant), ...lines.filter((line) => line.isRelevant)]
}

/** By the official judgement, else by the one made here. */
export const isRelevant = ({ grade, ownGrade }: Pick<RankedDoc, 'grade' | 'ownGrade'>) => (grade ?? ownGrade ?? 0) > 0

export const MAX_SYSTEMS = 4

/** A ranking: a run's, at a checkpoint; null: its best. */
export interface SystemRef {
  runId: string
  checkpoint: number | null
}

/** Systems of an address: `id` or `id:checkpoint`, separated by commas. Broken parts are left out. */
export function parseSystems(text: string | null): SystemRef[] {
  return (text ?? '')
    .split(',')
    .flatMap((part) => {
      const [, runId, checkpoint] = /^([\w-]{1,40})(?::(\d{1,9}))?$/.exec(part) ?? []
      return runId ? [{ runId, checkpoint: checkpoint === undefined ? null : Number(checkpoint) }] : []
    })
    .slice(0, MAX_SYSTEMS - 1)
}

export const formatSystems = (systems: SystemRef[]) => systems.map(({ runId, checkpoint }) => (checkpoint === null ? runId : `${runId}:${checkpoint}`)).join(',')
