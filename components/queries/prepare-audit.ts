// Decides the audit queue of likely false negatives: its order, where the reader goes after a verdict, and how much is done.
import type { MinedNegatives } from '@/contract/query'

export type Suspect = MinedNegatives['suspects'][number]

export const suspectKey = ({ query, doc }: Pick<Suspect, 'query' | 'doc'>) => `${query.row} ${doc.row}`

/** How far a negative scores above its relevant document; null where that one was not retrieved, or there are no scores. */
export const marginOf = ({ score, positiveScore }: Suspect) => (score === null || positiveScore === null ? null : score - positiveScore)

/** Place of the next one without a verdict after `place`, around the end; `place` itself where all have one. */
export function nextOpen(suspects: readonly Suspect[], place: number): number {
  for (let i = 1; i <= suspects.length; i++) {
    const at = (place + i) % suspects.length
    if (suspects[at].ownGrade === null) return at
  }
  return place
}

export function countVerdicts(suspects: readonly Suspect[]): { open: number; relevant: number; negative: number } {
  const relevant = suspects.filter(({ ownGrade }) => (ownGrade ?? 0) > 0).length
  const negative = suspects.filter(({ ownGrade }) => ownGrade === 0).length
  return { open: suspects.length - relevant - negative, relevant, negative }
}

export type AuditKey = 'relevant' | 'negative' | 'skip' | 'back' | 'undo'

/** What a key press asks for; null: nothing of the queue's. */
export function auditKey(key: string): AuditKey | null {
  switch (key) {
    case 'r':
    case '1':
      return 'relevant'
    case 'n':
    case '0':
      return 'negative'
    case 's':
    case 'j':
    case 'ArrowDown':
      return 'skip'
    case 'k':
    case 'ArrowUp':
      return 'back'
    case 'u':
    case 'Backspace':
      return 'undo'
    default:
      return null
  }
}
