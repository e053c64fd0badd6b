// Markdown as the product shows it; HTML inside it stays text. Loaded on demand by what shows notes.
'use client'
import ReactMarkdown from 'react-markdown'
import remarkGfm from 'remark-gfm'

/** `top` is the heading that # and ## become: one below the heading that the text stands under. */
export function Markdown({ text, top = 'h3' }: { text: string; top?: 'h2' | 'h3' }) {
  const below = top === 'h2' ? 'h3' : 'h4'
  return (
    <div className="prose">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={{ h1: top, h2: top, h3: below, h4: below, a: ({ href, children }) => <a href={href} rel="noreferrer">{children}</a> }}>
        {text}
      </ReactMarkdown>
    </div>
  )
}
