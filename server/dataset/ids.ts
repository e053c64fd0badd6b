// Row <-> official id. Only imports, run files and the inspection reads use official ids; everything else counts rows.
import { IdTable } from './id-table'
import { createTextWriter, openTextFile, type TextFile, type TextWriter } from './text-file'

/** Numbers the ids of a source in order of appearance; what makes an id good is decided by whoever reads the source. */
export class IdWriter {
  private readonly table = new IdTable()
  private readonly file: TextWriter

  constructor(path: string) {
    this.file = createTextWriter(path)
  }

  get count(): number {
    return this.table.count
  }

  /** Gives the id bytes[from, to) the next row. Returns -1, or the row that has this id already: then nothing is added. */
  add(bytes: Uint8Array, from: number, to: number): number {
    const earlier = this.table.add(bytes, from, to)
    if (earlier < 0) this.file.appendBytes(bytes.subarray(from, to))
    return earlier
  }

  rowOf(id: string): number | undefined {
    return this.table.rowOf(id)
  }

  close(): void {
    this.file.close()
  }
}

export class Ids {
  private readonly file: TextFile
  private table: IdTable | undefined

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
    if (!this.table) {
      this.table = new IdTable()
      for (const bytes of this.file.allBytes()) this.table.add(bytes, 0, bytes.length)
    }
    return this.table.rowOf(id)
  }

  readAhead(): Promise<void> {
    return this.file.readAhead()
  }

  close(): void {
    this.file.close()
  }
}
