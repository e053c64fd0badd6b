// A made-up collection of 50 documents with 130 queries: small enough that a pipeline ends in seconds, regular enough that training helps.
// Half of the queries name the animal by another word than its document does, so BM25 cannot answer them and a trained encoder can.
import fs from 'node:fs'
import path from 'node:path'

const ANIMALS = [
  ['fox', 'vixen'],
  ['wolf', 'howler'],
  ['bear', 'grizzly'],
  ['hare', 'rabbit'],
  ['deer', 'stag'],
  ['owl', 'hooter'],
  ['heron', 'wader'],
  ['otter', 'swimmer'],
  ['mouse', 'rodent'],
  ['badger', 'digger'],
]
const PLACES = ['forest', 'river', 'meadow', 'mountain', 'village']
const HABITS = ['sleeps under a root', 'looks for food at dusk', 'raises its young', 'hides from the rain', 'waits for the morning']

/** Writes collection.tsv, queries.tsv, qrels.tsv and split.tsv. */
export function writeTinyData(folder: string): void {
  const docs: string[] = []
  const queries: string[] = []
  const qrels: string[] = []
  const splits: string[] = []
  let q = 0
  for (const [a, [animal, other]] of ANIMALS.entries()) {
    for (const [p, place] of PLACES.entries()) {
      const doc = `doc-${String(a * PLACES.length + p).padStart(3, '0')}`
      docs.push(`${doc}\tIn the ${place} a ${animal} ${HABITS[(a + p) % HABITS.length]}.`)
      const ask = (text: string, split: string) => {
        const query = `q${1000 + q++}`
        queries.push(`${query}\t${text}`)
        qrels.push(`${query}\t0\t${doc}\t1`)
        splits.push(`${query}\t${split}`)
      }
      // The dev query of a document is worded as no training query of it is; its words occur in those of other documents.
      ask(`${animal} of the ${place}`, (a + p) % 5 === 0 ? 'dev' : 'train')
      ask(`where in the ${place} is the ${other}`, (a + p) % 5 === 1 ? 'dev' : 'train')
      if ((a + p) % 5 < 3) ask(`${other} near ${place}`, (a + p) % 5 === 2 ? 'test' : 'train')
    }
  }
  fs.mkdirSync(folder, { recursive: true })
  for (const [name, lines] of Object.entries({ collection: docs, queries, qrels, split: splits })) fs.writeFileSync(path.join(folder, `${name}.tsv`), `${lines.join('\n')}\n`)
}
