// An address that leads nowhere.
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/notice'

export default function NotFound() {
  return (
    <EmptyState title="There is no page at this address" actions={<ButtonLink href="/runs">All runs</ButtonLink>}>
      It may have been a run that was deleted.
    </EmptyState>
  )
}
