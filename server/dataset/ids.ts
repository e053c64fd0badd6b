// Row <-> official id. Only imports, run files and the inspection reads use official ids; everything else counts rows.
import { AppError } from '@/contract/errors'
import { createTextWriter, openTextFile, type TextFile, type TextWriter } from './text-file'

/** Numbers the ids of a source in order of appearance and refuses what would be ambiguous. */
export class IdWriter {
  private readonly rows = new Map<string, number>()
  private readonly file: TextWriter

  /** `source` is the name of the file the ids come from, one id a line: it is named in errors. */
  constructor(
    path: string,
    private readonly source: string,
  ) {
    this.file = createTextWriter(path)
  }

  get count(): number {
    return this.rows.size
  }

  /** Returns the row of a new id. */
  add(id: string): number {
    const row = this.rows.size
    const line = row + 1
    if (id === '') throw new AppError('bad-input', `${this.source} line ${line}: the id is empty; give every line an id`)
    if (/\s/.test(id)) throw new AppError('bad-input', `${this.source} line ${line}: the id "${id}" contains white space, which run files cannot hold; rename it`)
    const earlier = this.rows.get(id)
    if (earlier !== undefined) throw new AppError('bad-input', `${this.source} line ${line}: the id "${id}" is already on line ${earlier + 1}; remove one of them`)
    this.rows.set(id, row)
    this.file.append(id)
    return row
  }

  rowOf(id: string): number | undefined {
    return this.rows.get(id)
  }

  close(): void {
    this.file.close()
  }
}

export class Ids {
  private readonly file: TextFile
  private rows: Map<string, number> | undefined

  constructor(path: string) {
    this.file = openTextFile(path)
  }

  get count(): number {
    return this.file.count
  }

  idOf(row: number): string {
    return this.file.get(row)
  }

  /** The first call reads all ids. */
  rowOf(id: string): number | undefined {
    this.rows ??= new Map(Array.from(this.file.all(), (each, row) => [each, row]))
    return this.rows.get(id)
  }

  close(): void {
    this.file.close()
  }
}
