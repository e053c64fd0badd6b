// Who and what may reach this installation: API tokens, webhooks, and the audit log of what was done.
'use client'
import { useQuery } from '@tanstack/react-query'
import { api, keys } from '@/components/api'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { ButtonLink } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { AuditPanel } from './audit-panel'
import { TokensPanel } from './tokens-panel'
import { WebhooksPanel } from './webhooks-panel'

export function AccessView() {
  const me = useQuery({ queryKey: keys.me, queryFn: ({ signal }) => api.me(signal) })
  return (
    <>
      <PageHeader title="Access" note="For programs, other services, and to see who did what." actions={<ButtonLink href="/api-docs">API documentation</ButtonLink>} />
      <ReadState data={me.data} error={me.error} what="Your account" onRetry={() => void me.refetch()} skeleton={<SkeletonRows rows={3} className="h-40" />}>
        {({ role, name, loginRequired }) =>
          role === 'viewer' ? (
            <Notice title={`${name} may look, not change`}>Tokens, webhooks and the audit log are for editors. An editor can change your role with ./drhard account add {name} --role editor.</Notice>
          ) : (
            <div className="flex flex-col gap-4">
              {!loginRequired && <Notice title="Only this machine reaches the dashboard">Nobody signs in, and programs on this machine need no token. ./drhard serve --host 0.0.0.0 opens it to others, with a login.</Notice>}
              <TokensPanel />
              <WebhooksPanel />
              <AuditPanel />
            </div>
          )
        }
      </ReadState>
    </>
  )
}
