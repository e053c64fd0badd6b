// /access: API tokens, webhooks and the audit log.
import { AccessView } from '@/components/access/access-view'

export const metadata = { title: 'Access · DRhard Studio' }

export default function AccessPage() {
  return <AccessView />
}
