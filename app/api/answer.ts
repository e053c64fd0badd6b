// Frames every route of the API: input is parsed, errors become a status and a body. The one place that maps error codes to HTTP.
import { z } from 'zod'
import { AppError, type ErrorBody, type ErrorCode } from '@/contract/errors'

const STATUS: Record<ErrorCode, number> = { 'bad-input': 400, unauthorised: 401, forbidden: 403, 'not-found': 404, conflict: 409, 'rate-limited': 429, unavailable: 503, cancelled: 409, broken: 500 }

/** A launch of 50 runs has about 50 kB. */
const MAX_BODY_BYTES = 1_000_000

/** Makes a route handler of a function that returns a Response, or a value to send as JSON. */
export function route<P = Record<string, never>>(work: (request: Request, params: P) => Promise<unknown>) {
  return async (request: Request, context: { params: Promise<P> }): Promise<Response> => {
    try {
      const answer = await work(request, await context.params)
      return answer instanceof Response ? answer : Response.json(answer ?? null)
    } catch (error) {
      return errorResponse(error)
    }
  }
}

/** The answer to a failed request. What is not an AppError is a bug: it is logged, and its text is not shown. */
export function errorResponse(error: unknown): Response {
  const known = error instanceof AppError ? error : isUnreachable(error) ? new AppError('unavailable', 'The database does not answer; check that ./drhard serve runs, or DATABASE_URL', { cause: error }) : null
  if (!known || known.code === 'broken') console.error(error)
  const { code, message, fields } = known ?? new AppError('broken', 'The server failed on this request; its log has the reason')
  return Response.json({ error: { code, message, ...(fields && { fields }) } } satisfies ErrorBody, { status: STATUS[code] })
}

function isUnreachable(error: unknown): boolean {
  const text = error instanceof Error ? `${(error as NodeJS.ErrnoException).code} ${error.message}` : ''
  return /ECONNREFUSED|ECONNRESET|P1001|P1017|57P0[1-3]|DatabaseNotReachable|Can't reach database/.test(text)
}

/** The request's JSON body, parsed. Throws bad-input with a message per field. */
export async function parseBody<S extends z.ZodType>(request: Request, schema: S): Promise<z.output<S>> {
  const text = await readText(request)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new AppError('bad-input', 'The body is not JSON', { cause })
  }
  return parse(body, schema)
}

/** The body as text, read no further than the limit. */
async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const piece of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > MAX_BODY_BYTES) throw new AppError('bad-input', `The body has more than ${MAX_BODY_BYTES} bytes; send less at once`)
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

/** The query parameters, parsed. Throws bad-input with the parameter named. */
export function parseQuery<S extends z.ZodType>(request: Request, schema: S): z.output<S> {
  return parse(Object.fromEntries(new URL(request.url).searchParams), schema)
}

/** Parses a value from outside. Throws bad-input with a message per field. */
export function parse<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const fields: Record<string, string> = {}
  for (const issue of parsed.error.issues) fields[issue.path.join('.')] ??= issue.message
  const [field, message] = Object.entries(fields)[0]
  throw new AppError('bad-input', field ? `${field}: ${message}` : message, { fields })
}

/** A whole number in a query parameter. */
export const wholeNumber = (min: number, max: number) => z.string().regex(/^\d{1,9}$/, 'Give a whole number').transform(Number).pipe(z.number().min(min, `At least ${min}`).max(max, `At most ${max}`))

/** An event cursor in a query parameter. */
export const cursor = z.string().regex(/^\d{1,18}$/, 'Give the id of an event').transform(BigInt)

/** What makes a launch that is sent twice be one. */
export function idempotencyKey(request: Request): string | undefined {
  const key = request.headers.get('idempotency-key')
  if (key !== null && (key.length < 1 || key.length > 200)) throw new AppError('bad-input', `Idempotency-Key has ${key.length} characters; give 1 to 200`)
  return key ?? undefined
}
