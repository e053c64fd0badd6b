// Judgements as text with official ids: TREC's four columns (query, 0, document, grade) or three (query, document, grade).
// Read by import-qrels.ts and by ranking/qrels-file.ts.
import { badLine, type Line } from './tsv-lines'

export interface JudgementLine {
  queryId: string
  docId: string
  grade: number
}

export function parseJudgement(file: string, line: Line): JudgementLine {
  const text = line.text.trim()
  if (/\t/.test(text) && / /.test(text)) throw badLine(file, line.number, 'tabs and blanks are mixed, so that ids with blanks in them cannot be told from columns', 'separate the columns by one of them')
  const fields = text.split(/\t| +/)
  if (fields.length !== 3 && fields.length !== 4) {
    throw badLine(file, line.number, `expected 4 columns (query, 0, document, grade) or 3 (query, document, grade), found ${fields[0] === '' ? 0 : fields.length}`, 're-export it')
  }
  const empty = fields.indexOf('')
  if (empty >= 0) throw badLine(file, line.number, `column ${empty + 1} is empty`, 're-export it')
  const grade = fields.at(-1)!
  if (!/^[+-]?\d{1,9}$/.test(grade)) {
    throw badLine(file, line.number, `the grade "${grade}" is not a whole number`, line.number === 1 ? 'correct it, or remove the line if it is a heading' : 'correct it')
  }
  return { queryId: fields[0], docId: fields.at(-2)!, grade: Number(grade) }
}
