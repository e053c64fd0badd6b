// GET names the columns that the table of runs can have beside the facts, and the tags in use.
import { database } from '@/server/db/client'
import { readRunColumns } from '@/server/db/run-table'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => readRunColumns(database()))
