// /api-docs: the REST API as a page.
import { ApiDocsView } from '@/components/api-docs/api-docs-view'

export const metadata = { title: 'API · DRhard Studio' }

export default function ApiDocsPage() {
  return <ApiDocsView />
}
