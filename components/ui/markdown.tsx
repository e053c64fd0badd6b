// Markdown as the product shows it; HTML inside it stays text. Loaded on demand by what shows notes and reports.
'use client'
import type { ElementType } from 'react'
import ReactMarkdown from 'react-markdown'
import remarkGfm from 'remark-gfm'

/** `top`: the level of a first heading on the page it stands on. */
export function Markdown({ text, top = 3 }: { text: string; top?: 2 | 3 }) {
  const [first, second, third] = (top === 2 ? ['h2', 'h3', 'h4'] : ['h3', 'h3', 'h4']) as ElementType[]
  return (
    <div className="prose">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={{ h1: first, h2: second, h3: third, img: Picture, a: ({ href, children }) => <a href={href} rel="noreferrer">{children}</a> }}>
        {text}
      </ReactMarkdown>
    </div>
  )
}

/** Pictures inside the text are shown; one from elsewhere is a link, because a page of ours asks nobody else for anything. */
function Picture({ src, alt }: { src?: string | Blob; alt?: string }) {
  const address = typeof src === 'string' ? src : ''
  if (address.startsWith('data:')) return <img src={address} alt={alt ?? ''} />
  return (
    <a href={address} rel="noreferrer">
      {alt || address}
    </a>
  )
}
