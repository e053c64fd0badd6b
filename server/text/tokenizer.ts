// What every tokenizer does, whatever its vocabulary: text -> content ids and back. bpe.ts and wordpiece.ts make them; tokenising,
// model import and whoever types a query use them.

export interface Tokenizer {
  /** Rows that an embedding table needs: the largest id and 1. */
  vocabSize: number
  /** Ids that stand round every text, pad, and replace what is unknown. */
  specials: { begin: number; end: number; padding: number; unknown: number }
  /** Ids without begin and end. */
  encode(text: string): number[]
  decode(ids: ArrayLike<number>): string
}
