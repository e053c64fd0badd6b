// Text -> terms for BM25: lower-cased runs of letters and digits; without stemming and stop words unless asked, so that terms are what one reads.
import { stem } from './porter2'

export type Analyser = (text: string) => string[]

const TERM = /[\p{L}\p{N}\p{M}]+/gu

/** Lucene's list for English (EnglishAnalyzer.ENGLISH_STOP_WORDS_SET), which Anserini and Pyserini use. */
const ENGLISH = new Set('a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(' '))

export function analyse(text: string): string[] {
  return text.toLowerCase().match(TERM) ?? []
}

/** Stop words go before stemming, as in Lucene. Stems are remembered: a collection has few distinct words. */
export function analyserOf({ stemmer, stopWords }: { stemmer?: 'none' | 'porter2'; stopWords?: 'none' | 'english' }): Analyser {
  const kept: Analyser = stopWords === 'english' ? (text) => analyse(text).filter((term) => !ENGLISH.has(term)) : analyse
  if (stemmer !== 'porter2') return kept
  const stems = new Map<string, string>()
  const stemOf = (term: string): string => {
    let found = stems.get(term)
    if (found === undefined) stems.set(term, (found = stem(term)))
    return found
  }
  return (text) => kept(text).map(stemOf)
}
