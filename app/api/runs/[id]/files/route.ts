// GET lists the files of a run's artifacts.
import { database } from '@/server/db/client'
import { readRun } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => (await readRun(database(), id)).files)
