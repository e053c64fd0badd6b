// In which pages the table of runs is read: shared by the view and the page, whose HTML already names the first.
import type { RunsView } from '@/contract/run-table'
import { viewParams } from './run-table-url'

/** A screen holds about 20; items with several runs are larger. */
export const pageSize = (view: RunsView) => (view.group === 'seeds' ? 20 : 30)

/** Parameters of GET /api/runs/table for a page. */
export const pageParams = (view: RunsView, page: number) => ({ ...viewParams(view), offset: page * pageSize(view), limit: pageSize(view) })

export const firstPage = (view: RunsView) => pageParams(view, 0)
