// Marks the words of a document that the query shares: whole words, without case, without words that carry no meaning.

const STOP_WORDS = new Set('a an and are as at be but by for from had has have he her his i if in into is it its me my no not of on or our she so that the their them then there these they this to was we were what when where which who why will with you your'.split(' '))

const WORDS = /[\p{L}\p{N}]+/gu

/** The query's words that are worth marking; all of them where it has only stop words. */
export function queryTerms(query: string): Set<string> {
  const words = (query.toLowerCase().match(WORDS) ?? []).map(stem)
  const terms = words.filter((word) => !STOP_WORDS.has(word))
  return new Set(terms.length > 0 ? terms : words)
}

/** Plural and third-person s only: "dogs" marks "dog"; anything cleverer would mark words the reader cannot see to be the same. */
function stem(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

export interface TextPiece {
  text: string
  marked: boolean
}

export function markTerms(text: string, terms: ReadonlySet<string>): TextPiece[] {
  const pieces: TextPiece[] = []
  let from = 0
  for (const match of text.matchAll(WORDS)) {
    if (!terms.has(stem(match[0].toLowerCase()))) continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), marked: false })
    pieces.push({ text: match[0], marked: true })
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), marked: false })
  return pieces
}
