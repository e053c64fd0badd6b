// What byte-level BPE does before merging, as GPT-2 and RoBERTa do it: normalise, cut into pieces, show bytes as characters.
// Shared by training (bpe-train.ts) and encoding (bpe.ts), which must agree.

// GPT-2's pattern (Radford et al. 2019, encoder.py). \p{White_Space} instead of \s: JavaScript's \s lacks U+0085 and has U+FEFF.
const PIECE = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu
// What Python's str.rstrip() takes away: white space and the four separators U+001C to U+001F.
const TRAILING_SPACE = /[\p{White_Space}\x1c-\x1f]+$/u
const LEADING_SPACE = /^[\p{White_Space}\x1c-\x1f]/u
/** Marks the start of a word; the piece of a blank-led word starts with it. */
export const SPACE = 'Ġ'

/** `lowercase` is a property of the vocabulary: text must be treated as the text it was trained on. */
export interface Normalisation {
  lowercase: boolean
}

/**
 * The text as it is cut: a leading blank as RoBERTa's add_prefix_space, no trailing space, lower-cased character by
 * character as DRhard's tokenizer (so a final sigma is an ordinary one).
 */
export function normalise(text: string, { lowercase }: Normalisation): string {
  const trimmed = trimEnd(text)
  if (trimmed === '') return ''
  const cased = lowercase ? trimmed.replaceAll('Σ', 'σ').toLowerCase() : trimmed
  return LEADING_SPACE.test(cased) ? cased : ` ${cased}`
}

/** Python's rstrip(). The pattern is slow on long texts, and most end in a letter or a stop. */
export function trimEnd(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last > 0x20 && last < 0x80 ? text : text.replace(TRAILING_SPACE, '')
}

/** Pieces of a normalised text; merges never cross them. Together they are the text. */
export function pieces(normalised: string): string[] {
  return normalised.match(PIECE) ?? []
}

/** Byte -> the printable character that stands for it, in GPT-2's order: printable bytes first, then the others from U+0100 on. */
export const BYTE_CHARS: string[] = byteChars()

/** The 256 bytes in the order in which vocabularies number them. */
export const BYTES_IN_ORDER: number[] = Array.from({ length: 256 }, (_, byte) => byte).sort((a, b) => BYTE_CHARS[a].charCodeAt(0) - BYTE_CHARS[b].charCodeAt(0))

function byteChars(): string[] {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad)
    return String.fromCharCode(printable ? byte : next++)
  })
}
