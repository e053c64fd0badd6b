// GET gives every artifact that a run goes back to, and what was made from what.
import { database } from '@/server/db/client'
import { readLineageGraph } from '@/server/db/lineage'
import { findRun } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => {
  await findRun(database(), id)
  return readLineageGraph(database(), id)
})
