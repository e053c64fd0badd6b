// The OpenAPI 3.1 document of the REST API, made from the table of routes. Called by app/api/openapi.json and the API page.
import { z } from 'zod'
import { ErrorBody } from './errors'
import { API_ROUTES, type ApiRoute } from './routes'

type Json = Record<string, unknown>

const ERRORS: Record<number, string> = { 400: 'The input is wrong; `fields` says where', 401: 'Nobody has signed in', 403: 'Not allowed', 404: 'Not there', 409: 'The state does not allow it', 429: 'Too many tries', 503: 'The database does not answer' }

export function openApi(version: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of API_ROUTES) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route)
  return {
    openapi: '3.1.0',
    info: { title: 'DRhard Studio', version, description: 'Launch, watch and compare runs of dense retrievers. Where a login is required, send `Authorization: Bearer drh_…` with a token of the page Access.' },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: { Error: schema(ErrorBody, 'output') } },
    paths,
  }
}

function operation({ path, summary, scope, query, body, answer, status, headers }: ApiRoute): Json {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  const inQuery = query ? Object.entries((schema(query, 'input').properties ?? {}) as Record<string, Json>).map(([name, { description, ...rest }]) => ({ name, in: 'query', ...(description ? { description } : {}), schema: rest })) : []
  const inHeader = Object.entries(headers ?? {}).map(([name, description]) => ({ name, in: 'header', description, schema: { type: 'string' } }))
  const parameters = [...inPath, ...inQuery, ...inHeader]
  return {
    summary,
    'x-scope': scope,
    ...(parameters.length && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: schema(body, 'input') } } } }),
    responses: {
      [status ?? (answer ? 200 : 204)]: { description: answer ? 'Done' : 'Done, no content', ...(answer && { content: contentOf(answer) }) },
      ...Object.fromEntries(Object.entries(ERRORS).map(([code, description]) => [code, { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }])),
    },
  }
}

function contentOf(answer: NonNullable<ApiRoute['answer']>): Json {
  if (answer === 'stream') return { 'text/event-stream': { schema: { type: 'string' } } }
  if (answer === 'file') return { 'text/plain': { schema: { type: 'string' } } }
  return { 'application/json': { schema: schema(answer, 'output') } }
}

function schema(type: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(type, { io, target: 'draft-2020-12', unrepresentable: 'any' }) as Json
  return rest
}
