// The command line's way to a running server, here or on another machine: the REST API with a token. Called by jobs/client.ts and bench/server.ts.
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { DatasetSummary } from '@/contract/dataset'
import { AppError, ErrorBody } from '@/contract/errors'
import { LogPage, RunEvent } from '@/contract/event'
import { ModelSummary } from '@/contract/model'
import { Launched, RunDetail, RunSummary } from '@/contract/run'
import { dataDir } from '@/server/db/location'

/** A server that restarts is back within this. */
const PATIENCE_MS = 30_000
const RETRY_MS = 500

export interface ApiClientOptions {
  url: string
  token?: string
}

export type ApiClient = ReturnType<typeof apiClient>

/** DRHARD_URL and DRHARD_TOKEN, or the server that runs on this data folder. */
export function clientOptions(): ApiClientOptions {
  const token = process.env.DRHARD_TOKEN || undefined
  if (process.env.DRHARD_URL) return { url: process.env.DRHARD_URL.replace(/\/+$/, ''), token }
  try {
    const { port } = z.object({ port: z.number() }).parse(JSON.parse(fs.readFileSync(path.join(dataDir(), 'serve.lock'), 'utf8')))
    return { url: `http://127.0.0.1:${port}`, token }
  } catch {
    return { url: 'http://127.0.0.1:3000', token }
  }
}

export function apiClient({ url, token }: ApiClientOptions) {
  const send = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { ...(init.body ? { 'content-type': 'application/json' } : {}), ...(token && { authorization: `Bearer ${token}` }), ...init.headers }
    // Every request may be sent again: reads, and changes that are idempotent or carry a key.
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
      let failure: string
      try {
        const response = await fetch(`${url}${address}`, { ...init, headers })
        if (response.ok) return response
        const body = ErrorBody.safeParse(await response.json().catch(() => null))
        const error = body.success ? new AppError(body.data.error.code, body.data.error.message) : new AppError('broken', `${url}${address} answered ${response.status}`)
        if (error.code !== 'unavailable') throw error
        failure = error.message
      } catch (error) {
        if (error instanceof AppError) throw error
        failure = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message
      }
      if (Date.now() > deadline) throw new AppError('unavailable', `${url} does not answer (${failure}); start ./drhard serve, or name another server with DRHARD_URL`)
    }
  }
  const read = async <S extends z.ZodType>(schema: S, address: string, init?: RequestInit): Promise<z.output<S>> => schema.parse(await (await send(address, init)).json())
  const runs = () => read(z.array(RunSummary), '/api/runs')
  const address = (id: string) => `/api/runs/${encodeURIComponent(id)}`
  return {
    url,
    runs,
    run: (id: string) => read(RunDetail, address(id)),
    models: () => read(z.array(ModelSummary), '/api/models'),
    datasets: () => read(z.array(DatasetSummary), '/api/datasets'),
    launch: (pipeline: object, idempotencyKey: string = randomUUID()) => read(Launched, '/api/runs', { method: 'POST', body: JSON.stringify(pipeline), headers: { 'idempotency-key': idempotencyKey } }),
    cancel: (id: string) => send(`${address(id)}/cancel`, { method: 'POST' }),
    logs: (id: string, query: Record<string, string>) => read(LogPage, `${address(id)}/logs?${new URLSearchParams(query)}`),
    /** The run with this id or, where there is none, the newest of this name. */
    find: async (idOrName: string) => {
      const all = await runs()
      const found = all.find((run) => run.id === idOrName) ?? all.find((run) => run.name === idOrName)
      if (!found) throw new AppError('not-found', `There is no run ${idOrName}; ./drhard list shows all`)
      return found
    },
    /** A run's events after a cursor, until the connection ends. */
    events: async function* (id: string, after: string): AsyncGenerator<RunEvent> {
      yield* eventsOf(await send(`${address(id)}/events?after=${after}`))
    },
  }
}

/** The events of a stream of the server, until the connection ends. */
export async function* eventsOf(response: Response): AsyncGenerator<RunEvent> {
  let rest = ''
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + piece).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data && !/^event: ping$/m.test(block)) yield RunEvent.parse(JSON.parse(data))
    }
  }
}
