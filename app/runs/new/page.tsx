// /runs/new: the launch form; ?from=<run> clones, ?recipe=, ?dataset=, ?model=, ?docsFrom= and ?negativesFrom= propose.
import { NewRunView } from '@/components/runs/new-run-view'
import { oneOf, type SearchParams } from '@/app/search-params'

export const metadata = { title: 'New run · DRhard Studio' }

export default async function NewRunPage({ searchParams }: { searchParams: SearchParams }) {
  const search = await searchParams
  const one = (name: string) => oneOf(search, name)
  return <NewRunView from={one('from')} recipe={one('recipe')} dataset={one('dataset')} model={one('model')} docsFrom={one('docsFrom')} negativesFrom={one('negativesFrom')} />
}
