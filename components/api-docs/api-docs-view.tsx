// The REST API for a reader: every route with what it takes, answers and needs, made from the same table as the OpenAPI document.
'use client'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { API_ROUTES, type ApiRoute } from '@/contract/routes'
import { SCOPE_WORDS } from '@/components/access/tokens-panel'
import { PageHeader } from '@/components/shell/page-header'
import { Badge } from '@/components/ui/badge'
import { buttonClass } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'

const groupOf = ({ path }: ApiRoute) => path.split('/')[2]
const TITLES: Record<string, string> = { runs: 'Runs', compare: 'Comparison', events: 'Events', datasets: 'Data sets', workers: 'Workers', queue: 'Queue', artifacts: 'Artifacts', session: 'Signing in', tokens: 'API tokens', webhooks: 'Webhooks', audit: 'Audit log', health: 'Health', 'openapi.json': 'OpenAPI' }

export function ApiDocsView() {
  const [search, setSearch] = useState('')
  const found = API_ROUTES.filter(({ method, path, summary }) => `${method} ${path} ${summary}`.toLowerCase().includes(search.trim().toLowerCase()))
  const groups = [...new Set(found.map(groupOf))]
  return (
    <>
      <PageHeader
        title="API"
        note={
          <>
            What the dashboard and <code className="font-mono text-xs">./drhard launch</code> use. Where a login is required, send a token of the page Access: <code className="font-mono text-xs">Authorization: Bearer drh_…</code>
          </>
        }
        actions={
          <a href="/api/openapi.json" download="drhard-openapi.json" className={buttonClass()}>
            <Download /> OpenAPI 3.1
          </a>
        }
      />
      <Input type="search" aria-label="Search the routes" placeholder="Search the routes" value={search} onChange={(e) => setSearch(e.target.value)} className="mb-4 max-w-sm" />
      {found.length === 0 && <p className="text-sm text-ink-3">No route is about “{search}”.</p>}
      <div className="flex flex-col gap-4">
        {groups.map((group) => (
          <Panel key={group} title={TITLES[group] ?? group} bodyClassName="px-0 pb-0">
            {found.filter((route) => groupOf(route) === group).map((route) => (
              <RouteEntry key={`${route.method} ${route.path}`} route={route} />
            ))}
          </Panel>
        ))}
      </div>
    </>
  )
}

function RouteEntry({ route }: { route: ApiRoute }) {
  const { method, path, summary, scope, query, body, answer, headers } = route
  const parts = [
    { title: 'Query parameters', schema: query },
    { title: 'Body', schema: body },
    { title: 'Answer', schema: typeof answer === 'object' ? answer : undefined },
  ]
  return (
    <details className="group border-t border-line">
      <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2 hover:bg-hover">
        <span className="w-14 font-mono text-xs font-semibold">{method}</span>
        <code className="font-mono text-sm break-all">{path}</code>
        <span className="basis-full text-sm text-ink-2 md:basis-auto">{summary}</span>
        <span className="ml-auto">
          <Badge tone="plain">{scope}</Badge>
        </span>
      </summary>
      <div className="flex flex-col gap-3 px-4 pt-1 pb-4">
        <p className="text-sm text-ink-3">
          Needs the scope “{scope}”: {SCOPE_WORDS[scope]}.{answer === 'stream' && ' Answers with a stream of server-sent events.'}
          {answer === 'file' && ' Answers with a text file.'}
        </p>
        {Object.entries(headers ?? {}).map(([name, text]) => (
          <p key={name} className="text-sm">
            <code className="font-mono text-xs">{name}</code> <span className="text-ink-2">{text}</span>
          </p>
        ))}
        {parts.map(({ title, schema }) => schema && <SchemaText key={title} title={title} schema={schema} />)}
      </div>
    </details>
  )
}

function SchemaText({ title, schema }: { title: string; schema: z.ZodType }) {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: title === 'Answer' ? 'output' : 'input', unrepresentable: 'any' }) as Record<string, unknown>
  return (
    <section>
      <h3 className="mb-1 text-xs font-medium text-ink-3">{title}, as JSON Schema</h3>
      <pre tabIndex={0} className="max-h-80 overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs">
        {JSON.stringify(json, null, 2)}
      </pre>
    </section>
  )
}
