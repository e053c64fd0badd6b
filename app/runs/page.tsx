// /runs: the list of runs. Pages of app are never prerendered, so none wraps its content in <Suspense>: see runs/[runId]/queries/[row].
import { addresses } from '@/components/api'
import { preloadAnswers } from '@/components/preload'
import { readTableState } from '@/components/runs/run-table-url'
import { firstPage } from '@/components/runs/run-table-pages'
import { RunsView } from '@/components/runs/runs-view'
import { oneOf, type SearchParams } from '@/app/search-params'

export const metadata = { title: 'Runs · DRhard Studio' }

export default async function RunsPage({ searchParams }: { searchParams: SearchParams }) {
  const search = await searchParams
  const { view } = readTableState((name) => oneOf(search, name))
  preloadAnswers([addresses.runTable(firstPage(view)), addresses.runColumns])
  return <RunsView />
}
