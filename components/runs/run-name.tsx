// A run's name with its colour, as a link: the same in every list.
import { PageLink } from '@/components/ui/page-link'
import { LineMark } from '@/components/charts/line-mark'
import { cn } from '@/components/ui/class-names'

export function RunName({ run, className }: { run: { id: string; name: string; colorIndex: number }; className?: string }) {
  return (
    <span className={cn('inline-flex max-w-full min-w-0 items-center gap-2', className)}>
      <LineMark colorIndex={run.colorIndex} />
      <PageLink href={`/runs/${run.id}`} className="truncate font-medium text-ink hover:underline">
        {run.name}
      </PageLink>
    </span>
  )
}
