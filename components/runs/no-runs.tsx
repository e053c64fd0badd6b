// The empty list of runs: teaches the three ways to get the first one.
import { Database, FlaskConical, Terminal } from 'lucide-react'
import type { ReactNode } from 'react'
import { ButtonLink } from '@/components/ui/button'

export function NoRuns() {
  return (
    <div className="mx-auto max-w-4xl py-8">
      <h2 className="text-lg">No runs yet</h2>
      <p className="mt-1 max-w-prose text-ink-2">A run trains one dense retriever, or measures BM25, and is judged on the dev queries at every checkpoint. Three ways to the first one:</p>
      <ol className="mt-5 grid gap-3 md:grid-cols-3">
        <Way icon={<Terminal />} title="See it work" action={<code className="rounded bg-sunken px-2 py-1 font-mono text-sm text-ink">./drhard demo</code>}>
          Imports WordNet and runs BM25, a warm-up, STAR and ADORE. The curves appear here while it works.
        </Way>
        <Way icon={<FlaskConical />} title="Launch a run" action={<ButtonLink href="/runs/new" variant="primary">New run</ButtonLink>}>
          Pick a recipe of the paper, change what you like, and launch it on a data set that is here.
        </Way>
        <Way icon={<Database />} title="Bring your own data" action={<ButtonLink href="/datasets">Import a data set</ButtonLink>}>
          A folder with <code className="font-mono text-sm">collection.tsv</code>, <code className="font-mono text-sm">queries.tsv</code> and <code className="font-mono text-sm">qrels.tsv</code> is enough.
        </Way>
      </ol>
    </div>
  )
}

function Way({ icon, title, action, children }: { icon: ReactNode; title: string; action: ReactNode; children: ReactNode }) {
  return (
    <li className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4">
      <span className="text-ink-3 [&_svg]:size-5" aria-hidden>
        {icon}
      </span>
      <h3 className="text-base">{title}</h3>
      <p className="flex-1 text-sm text-ink-2">{children}</p>
      <div className="pt-1">{action}</div>
    </li>
  )
}
