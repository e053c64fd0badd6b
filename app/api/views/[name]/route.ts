// DELETE forgets a view of the table of runs.
import { database } from '@/server/db/client'
import { deleteView } from '@/server/db/run-bulk'
import { route } from '@/app/api/answer'

export const DELETE = route<{ name: string }>(async (_, { name }) => {
  await deleteView(database(), name)
  return new Response(null, { status: 204 })
})
