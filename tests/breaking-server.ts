// An HTTP server that serves files and breaks connections, for tests of downloads.
import { createHash } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BreakingServer {
  url: string
  files: Map<string, Buffer>
  /** Requests by path, with their Range header. */
  requests: { path: string; range: string | undefined }[]
  /** A connection is cut after so many bytes of body; Infinity: never. */
  cutAfter: number
  /** Answers Range with 206, and gives an ETag. */
  ranges: boolean
  close(): Promise<void>
}

export async function breakingServer(files: Record<string, Buffer>): Promise<BreakingServer> {
  const state: BreakingServer = { url: '', files: new Map(Object.entries(files)), requests: [], cutAfter: Infinity, ranges: true, close: async () => undefined }
  const server = http.createServer((request, response) => {
    const path = request.url!.slice(1)
    const range = request.headers.range
    state.requests.push({ path, range })
    const file = state.files.get(path)
    if (!file) return void response.writeHead(404).end()
    const tag = `"${createHash('md5').update(file).digest('hex')}"`
    const headers: Record<string, string | number> = state.ranges ? { etag: tag } : {}
    let start = 0
    if (state.ranges && range && request.headers['if-range'] === tag) {
      start = Number(/^bytes=(\d+)-$/.exec(range)![1])
      if (start >= file.length) return void response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
      headers['content-range'] = `bytes ${start}-${file.length - 1}/${file.length}`
    }
    response.writeHead(start > 0 ? 206 : 200, { ...headers, 'content-length': file.length - start })
    const body = file.subarray(start)
    if (body.length <= state.cutAfter) return void response.end(body)
    response.write(body.subarray(0, state.cutAfter), () => setTimeout(() => response.socket?.destroy(), 5))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  state.close = () => new Promise((resolve) => server.close(() => resolve()))
  return state
}
