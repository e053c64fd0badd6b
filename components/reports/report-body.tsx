// A report as it reads: text, and the charts and tables that its blocks name, drawn from what the runs are now.
'use client'
import dynamic from 'next/dynamic'
import { useMemo } from 'react'
import { parseReport } from '@/contract/report'
import { Notice } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { ReportChart } from './report-chart'
import { ReportTable } from './report-table'

const Markdown = dynamic(() => import('@/components/ui/markdown').then((module) => module.Markdown), { ssr: false, loading: () => <SkeletonRows rows={3} className="h-5" /> })

export function ReportBody({ body }: { body: string }) {
  const blocks = useMemo(() => parseReport(body), [body])
  return (
    <div className="flex max-w-4xl flex-col gap-5">
      {blocks.map((block, i) => {
        switch (block.kind) {
          case 'text':
            return <Markdown key={i} text={block.text} top={2} />
          case 'chart':
            return <ReportChart key={i} number={i + 1} block={block} />
          case 'table':
            return <ReportTable key={i} block={block} />
          case 'wrong':
            return (
              <Notice key={i} tone="warn" title="This block cannot be drawn">
                {block.reason}. <pre className="mt-1 font-mono text-xs whitespace-pre-wrap">{block.text}</pre>
              </Notice>
            )
        }
      })}
    </div>
  )
}
