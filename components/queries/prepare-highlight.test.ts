// Marked words are the query's, whole, and the text stays whole.
import { describe, expect, it } from 'vitest'
import { markTerms, queryTerms } from './prepare-highlight'

describe('marked terms', () => {
  it('are whole words without case, and plurals', () => {
    const pieces = markTerms('A dog; Dogs, dogged.', queryTerms('the dogs of war'))
    expect(pieces.filter((piece) => piece.marked).map((piece) => piece.text)).toEqual(['dog', 'Dogs'])
    expect(pieces.map((piece) => piece.text).join('')).toBe('A dog; Dogs, dogged.')
  })
  it('are the stop words themselves where a query has nothing else', () => {
    expect([...queryTerms('to be or not to be')]).toEqual(['to', 'be', 'or', 'not'])
  })
  it('know other scripts', () => {
    expect(markTerms('der Hund in Köln', queryTerms('köln')).find((piece) => piece.marked)?.text).toBe('Köln')
  })
})
