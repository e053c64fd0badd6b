// Packs token sequences without padding: every linear layer works on real tokens only; attention alone reads a padded view.
// The last sequence of a pack is a dummy of one padding token. Padding slots of the attention view read its row; no loss reads
// its embedding, so its gradient is exactly zero and "gather there, gather back" is an exact pair of gradients (graph/ops takeRows).
import { firstPosition, type Architecture } from './architecture'

/** Feeds of one pack. T tokens, B sequences (the dummy included), L the longest. */
export interface Pack {
  sequences: number
  tokens: number
  longest: number
  ids: Int32Array // [T]
  positions: Int32Array // [T]
  slots: Int32Array // [B, L] token of each attention slot
  inverse: Int32Array // [T] slot of each token
  mask: Float32Array // [B, 1, 1, L] added to attention scores
  poolIndex: Int32Array // [B] first token of each sequence
  poolInverse: Int32Array // [T] sequence of each first token; the dummy elsewhere
  poolWeights: Float32Array // [B, L, 1] 1/length on real slots
}

/** Slots and inverse of a pack for each head's part of a token by itself. */
export interface HeadSlots {
  headSlots: Int32Array // [B, heads, L] of [T, heads]
  headInverse: Int32Array // [T, heads] of [B, heads, L]
}

/** Adds the tokenizer's begin and end to content ids, cut to `maxTokens` in all. */
export function withSpecials({ specials }: Architecture, content: ArrayLike<number>, maxTokens: number): Int32Array {
  const kept = Math.min(content.length, maxTokens - 2)
  const ids = new Int32Array(kept + 2)
  ids[0] = specials.begin
  for (let i = 0; i < kept; i++) ids[i + 1] = content[i]
  ids[kept + 1] = specials.end
  return ids
}

/** Packs sequences of token ids. RoBERTa's position ids count tokens that are not padding, as the original does; BERT's count all. */
export function pack(a: Architecture, rows: readonly ArrayLike<number>[]): Pack {
  const { padding } = a.specials
  const skipsPadding = a.family === 'roberta'
  const sequences = rows.length + 1
  let tokens = 1
  let longest = 1
  for (const row of rows) {
    tokens += row.length
    longest = Math.max(longest, row.length)
  }
  const dummy = tokens - 1
  const ids = new Int32Array(tokens)
  const positions = new Int32Array(tokens)
  const slots = new Int32Array(longest * sequences).fill(dummy)
  const inverse = new Int32Array(tokens)
  const mask = new Float32Array(sequences * longest).fill(-10_000)
  const poolIndex = new Int32Array(sequences)
  const poolInverse = new Int32Array(tokens).fill(sequences - 1)
  const poolWeights = new Float32Array(longest * sequences)
  let t = 0
  for (let b = 0; b < sequences; b++) {
    const row = rows[b] ?? [padding]
    poolIndex[b] = t
    poolInverse[t] = b
    let position = firstPosition(a)
    for (let l = 0; l < row.length; l++, t++) {
      const id = row[l]
      const slot = b * longest + l
      ids[t] = id
      positions[t] = skipsPadding && id === padding ? padding : position++
      slots[slot] = t
      inverse[t] = slot
      mask[slot] = 0
      poolWeights[slot] = 1 / row.length
    }
  }
  return { sequences, tokens, longest, ids, positions, slots, inverse, mask, poolIndex, poolInverse, poolWeights }
}

export function headSlotsOf({ sequences, tokens, longest, slots, inverse }: Pack, heads: number): HeadSlots {
  const headSlots = new Int32Array(slots.length * heads)
  const headInverse = new Int32Array(tokens * heads)
  for (let b = 0, at = 0; b < sequences; b++)
    for (let head = 0; head < heads; head++)
      for (let slot = b * longest; slot < (b + 1) * longest; slot++, at++) {
        const token = slots[slot]
        headSlots[at] = token * heads + head
        if (inverse[token] === slot) headInverse[token * heads + head] = at
      }
  return { headSlots, headInverse }
}
