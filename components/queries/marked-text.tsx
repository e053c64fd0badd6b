// A document's text with the query's words marked.
import { markTerms } from './prepare-highlight'

export function MarkedText({ text, terms }: { text: string; terms: ReadonlySet<string> }) {
  return markTerms(text, terms).map((piece, i) =>
    piece.marked ? (
      <mark key={i} className="rounded-sm bg-mark text-inherit">
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  )
}
