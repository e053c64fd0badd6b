// GET lists job server processes.
import { database } from '@/server/db/client'
import { listWorkers } from '@/server/db/workers'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listWorkers(database()))
