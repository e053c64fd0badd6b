// The table of routes (contract/routes.ts) is what the files of app/api serve, and the OpenAPI document is made from all of it.
import fs from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openApi } from '@/contract/openapi'
import { API_ROUTES } from '@/contract/routes'

const folder = path.resolve('app/api')
const served = fs
  .readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => path.basename(file) === 'route.ts')
  .flatMap((file) => {
    const address = `/api/${path.dirname(file).replaceAll(/\[(\w+)\]/g, '{$1}')}`
    return [...fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/export const (GET|POST|PUT|PATCH|DELETE)\b/g)].map(([, method]) => `${method} ${address}`)
  })

it('names every route that there is, and no other', () => {
  expect(API_ROUTES.map(({ method, path: address }) => `${method} ${address}`).sort()).toEqual(served.sort())
})

it('makes an OpenAPI document with every operation and no dangling reference', () => {
  const document = openApi('1.2.3')
  const paths = document.paths as Record<string, Record<string, { parameters?: { name: string; in: string }[]; requestBody?: unknown; responses: Record<string, unknown> }>>
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
  expect(Object.values(paths).flatMap(Object.keys)).toHaveLength(API_ROUTES.length)
  for (const [address, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)
      expect(inPath).toEqual([...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      expect(Object.keys(operation.responses)).toContain('401')
    }
  }
  const launch = JSON.stringify(paths['/api/runs'].post)
  for (const word of ['Idempotency-Key', 'adore', 'metricCut', 'learningRate']) expect(launch).toContain(word)
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, reference]) => reference)
  expect(new Set(references)).toEqual(new Set(['components/schemas/Error']))
})
