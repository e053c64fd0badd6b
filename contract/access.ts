// Who may do what: roles of people, scopes of API tokens, and what the pages for signing in, tokens, webhooks and the audit log show.
import { z } from 'zod'
import { RunState } from './run'

export const Role = z.enum(['viewer', 'editor'])
export type Role = z.infer<typeof Role>

/** `read` sees everything, `launch` also launches, cancels and retries, `admin` also deletes, and changes what the installation does. */
export const Scope = z.enum(['read', 'launch', 'admin'])
export type Scope = z.infer<typeof Scope>

export const ROLE_SCOPES: Record<Role, Scope[]> = { viewer: ['read'], editor: ['read', 'launch', 'admin'] }

/** Who asks. `local` is whoever uses a dashboard that only this machine can reach. */
export const Me = z.object({ name: z.string(), role: Role, loginRequired: z.boolean() })
export type Me = z.infer<typeof Me>

export const Login = z.object({ name: z.string().trim().min(1, 'Give your name').max(80), password: z.string().min(1, 'Give your password').max(1000) })
export type Login = z.infer<typeof Login>

export const NewToken = z.object({
  name: z.string().trim().min(1, 'Say what it is for').max(80, 'At most 80 characters'),
  scopes: z.array(Scope).min(1, 'Choose what it may do'),
  /** Days until it ends; absent: never. */
  days: z.int().min(1, 'At least 1').max(3650, 'At most 3650').optional(),
})
export type NewToken = z.infer<typeof NewToken>

export const TokenSummary = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(Scope),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  usedAt: z.iso.datetime().nullable(),
})
export type TokenSummary = z.infer<typeof TokenSummary>

/** The only time that the token itself is shown. */
export const CreatedToken = TokenSummary.extend({ token: z.string() })
export type CreatedToken = z.infer<typeof CreatedToken>

const EndState = RunState.extract(['succeeded', 'failed', 'cancelled'])

export const NewWebhook = z.object({
  url: z.url({ protocol: /^https?$/, error: 'Give an address that begins with http:// or https://' }).max(2000),
  /** Ends of runs that it is called for. */
  states: z.array(EndState).min(1, 'Choose at least one'),
})
export type NewWebhook = z.infer<typeof NewWebhook>

export const WebhookSummary = z.object({
  id: z.string(),
  url: z.string(),
  states: z.array(EndState),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  delivered: z.int(),
  waiting: z.int(),
  lastError: z.string().nullable(),
})
export type WebhookSummary = z.infer<typeof WebhookSummary>

/** The secret signs every call: X-DRhard-Signature is sha256=HMAC(secret, body). It is shown once. */
export const CreatedWebhook = WebhookSummary.extend({ secret: z.string() })
export type CreatedWebhook = z.infer<typeof CreatedWebhook>

/** What a webhook is sent. */
export const WebhookBody = z.object({ type: z.literal('run'), runId: z.string(), name: z.string(), state: EndState, reason: z.string().nullable(), at: z.iso.datetime() })
export type WebhookBody = z.infer<typeof WebhookBody>

export const AuditEntry = z.object({ id: z.string(), at: z.iso.datetime(), actor: z.string(), address: z.string().nullable(), action: z.string(), target: z.string().nullable(), detail: z.record(z.string(), z.unknown()).nullable() })
export type AuditEntry = z.infer<typeof AuditEntry>

/** Newest first; `before` of the next older page, null where nothing is older. */
export const AuditPage = z.object({ entries: z.array(AuditEntry), before: z.string().nullable() })
export type AuditPage = z.infer<typeof AuditPage>
