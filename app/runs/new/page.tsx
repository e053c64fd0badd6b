// /runs/new: the launch form; ?from=<run> clones, ?recipe=, ?dataset=, ?model=, ?docsFrom= and ?negativesFrom= propose.
import { NewRunView } from '@/components/runs/new-run-view'

type Search = Promise<Record<string, string | string[] | undefined>>

export const metadata = { title: 'New run · DRhard Studio' }

export default async function NewRunPage({ searchParams }: { searchParams: Search }) {
  const search = await searchParams
  const one = (name: string) => (typeof search[name] === 'string' ? search[name] : null)
  return <NewRunView from={one('from')} recipe={one('recipe')} dataset={one('dataset')} model={one('model')} docsFrom={one('docsFrom')} negativesFrom={one('negativesFrom')} />
}
