// GET streams what lists show of all runs and data sets, as server-sent events.
import { route } from '@/app/api/answer'
import { streamEvents } from '@/app/api/event-stream'

export const dynamic = 'force-dynamic'

export const GET = route((request) => streamEvents(request, { types: ['run-state', 'evaluation', 'progress', 'step-state', 'dataset-state'] }))
