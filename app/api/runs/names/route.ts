// GET names the runs that are called so already: a stem itself, or numbered.
import { z } from 'zod'
import { database } from '@/server/db/client'
import { takenNames } from '@/server/db/runs'
import { parseQuery, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ stem: z.string().min(1, 'Give the start of the names').max(80, 'At most 80 characters') })

export const GET = route((request) => takenNames(database(), parseQuery(request, Query).stem))
