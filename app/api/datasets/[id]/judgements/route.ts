// GET gives the judgements made here of a data set (?row= of one query), PUT makes, changes or takes back one.
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { JudgementChange } from '@/contract/judgement'
import { database } from '@/server/db/client'
import { findDataset } from '@/server/db/datasets'
import { judge, readJudgements } from '@/server/db/judgements'
import { actorOf } from '@/app/api/actor'
import { parseBody, parseQuery, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Query = z.object({ row: wholeNumber(0, 999_999_999).optional() })

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { row } = parseQuery(request, Query)
  await findDataset(database(), id)
  return readJudgements(database(), id, row)
})

export const PUT = route<{ id: string }>(async (request, { id }) => {
  const change = await parseBody(request, JudgementChange)
  const { docs, queries } = await datasetFiles(id)
  if (change.queryRow >= queries.count || change.docRow >= docs.count) throw new AppError('bad-input', `Query ${change.queryRow} or document ${change.docRow} is not in the data set: it has ${queries.count} queries and ${docs.count} documents`)
  await judge(database(), id, change, actorOf(request))
  return readJudgements(database(), id, change.queryRow)
})
