// Lines that an import leaves out: counted, the first hundred kept in words, and too many of them stop it. Called by import-files.ts.
import { AppError } from '@/contract/errors'

const KEPT = 100

export class BadLines {
  count = 0
  readonly first: string[] = []

  /** `max`: how many may be left out. */
  constructor(private readonly max: number) {}

  /** `error` names file and line. Throws it, with what came before, where this line is one too many. */
  leaveOut(error: AppError): void {
    this.count++
    if (this.first.length < KEPT) this.first.push(error.message)
    if (this.count <= this.max) return
    if (this.max === 0) throw error
    throw new AppError('bad-input', `${error.message}. This is unreadable line ${this.count} of at most ${this.max}; the first was ${this.first[0]}. Mend the file, or allow more`, { cause: error })
  }
}
