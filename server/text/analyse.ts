// Text -> terms for BM25: lower-cased runs of letters and digits. No stemming and no stop words, so that terms are what one reads.

const TERM = /[\p{L}\p{N}\p{M}]+/gu

export function analyse(text: string): string[] {
  return text.toLowerCase().match(TERM) ?? []
}
