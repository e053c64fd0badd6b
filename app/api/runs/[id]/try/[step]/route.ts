// GET tells what became of a query that is tried.
import { route } from '@/app/api/answer'
import { triedQuery } from '@/app/api/runs/[id]/try/tried-query'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string; step: string }>((_, { id, step }) => triedQuery(id, step))
