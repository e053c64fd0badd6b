// Where an import puts the documents or the queries of a data set: texts and ids on disk, rows in the order of arrival, every id once.
// Knows from which line of which file a row came without storing it. Used by dataset.ts.
import path from 'node:path'
import { badLine } from './tsv-lines'
import { IdWriter } from './ids'
import type { Records } from './records'
import { createTextWriter, type TextWriter } from './text-file'

export class RowSink {
  private readonly texts: TextWriter
  private readonly ids: IdWriter
  /** `skips`: rows that had been added when a line of the file was left out, ascending. */
  private readonly files: { name: string; firstRow: number; skips: number[] }[] = []

  constructor(textPath: string, idPath: string) {
    this.texts = createTextWriter(textPath)
    this.ids = new IdWriter(idPath)
  }

  get count(): number {
    return this.ids.count
  }

  rowOf(id: string): number | undefined {
    return this.ids.rowOf(id)
  }

  /** The rows that follow come from this file, a line each. */
  begin(file: string): void {
    this.files.push({ name: file, firstRow: this.count, skips: [] })
  }

  /** Adds one row. Throws AppError bad-input if the id is there already. */
  add(id: string, text: string): number {
    const row = this.count
    const bytes = Buffer.from(id)
    const earlier = this.ids.add(bytes, 0, bytes.length)
    if (earlier >= 0) throw this.repeated(row, earlier, id)
    this.texts.append(text)
    return row
  }

  /** Adds the rows of a block of lines. Throws AppError bad-input, naming both lines, if an id is there already. */
  addAll(records: Records): void {
    const firstRow = this.count
    records.bad.forEach((bad, i) => this.files.at(-1)!.skips.push(firstRow + bad.line - 1 - i))
    this.texts.appendRows(records.texts, records.textEnds)
    for (let i = 0, from = 0; i < records.idEnds.length; from = records.idEnds[i++]) {
      const earlier = this.ids.add(records.ids, from, records.idEnds[i])
      if (earlier >= 0) throw this.repeated(firstRow + i, earlier, Buffer.from(records.ids.subarray(from, records.idEnds[i])).toString('utf8'))
    }
  }

  /** Where a row came from. */
  placeOf(row: number): { file: string; line: number } {
    const file = this.files.findLast(({ firstRow }) => firstRow <= row)
    if (!file) return { file: 'the source', line: row + 1 }
    const skipped = file.skips.filter((at) => at <= row).length
    return { file: file.name, line: row - file.firstRow + skipped + 1 }
  }

  close(): void {
    this.texts.close()
    this.ids.close()
  }

  private repeated(row: number, earlier: number, id: string): Error {
    const here = this.placeOf(row)
    const there = this.placeOf(earlier)
    const where = there.file === here.file ? `on line ${there.line}` : `on line ${there.line} of ${path.basename(there.file)}`
    return badLine(here.file, here.line, `the id "${id}" is already ${where}`, 'remove one of them')
  }
}
