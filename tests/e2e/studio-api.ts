// The server's API as the browser tests use it to set a scene or to check what a page shows.
import { DatasetSummary, type NewDataset } from '@/contract/dataset'
import { type NewRun, Launched, MetricSeries, RunDetail, RunSummary } from '@/contract/run'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

export function studioApi(url: string) {
  const call = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, body === undefined ? undefined : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
  const runs = async () => z.array(RunSummary).parse(await call('/api/runs'))
  const run = async (id: string) => RunDetail.parse(await call(`/api/runs/${id}`))
  return {
    runs,
    run,
    runNamed: async (name: string) => {
      const found = (await runs()).find((candidate) => candidate.name === name)
      if (!found) throw new Error(`there is no run named ${name}`)
      return found
    },
    metrics: async (id: string) => MetricSeries.parse(await call(`/api/runs/${id}/metrics`)),
    launch: async (launched: NewRun[]) => Launched.parse(await call('/api/runs', { runs: launched })).runs,
    importDataset: async (input: NewDataset) => DatasetSummary.parse(await call('/api/datasets', input)),
    datasetNamed: async (name: string) => {
      const found = z.array(DatasetSummary).parse(await call('/api/datasets')).find((candidate) => candidate.name === name)
      if (!found) throw new Error(`there is no data set named ${name}`)
      return found
    },
    waitForRun: async (id: string, states: RunSummary['state'][], ms = 150_000) => {
      const deadline = Date.now() + ms
      for (;;) {
        const found = await run(id)
        if (states.includes(found.state)) return found
        if (Date.now() > deadline) throw new Error(`run ${found.name} is ${found.state} after ${ms / 1000} s, expected ${states.join(' or ')}: ${found.reason ?? ''}`)
        await sleep(200)
      }
    },
  }
}

export type StudioApi = ReturnType<typeof studioApi>
