// People who sign in, and their sessions. Called by proxy.ts, app/api/session and jobs/account.ts.
import { Role, type Login } from '@/contract/access'
import { AppError } from '@/contract/errors'
import { hashPassword, hashSecret, isPassword, newSecret } from '@/server/access/password'
import { recordAudit, CONSOLE, type Actor } from './audit'
import type { Database, Tx } from './client'

const SESSION_MS = 7 * 86_400_000
/** Failed logins within the window before the next is refused: per address, and per account whatever the address. */
const WINDOW_MINUTES = 10
const MAX_FAILURES = { address: 5, name: 10 }

export interface Person {
  name: string
  role: Role
}

/** Signs in. Returns the secret for the cookie. Throws unauthorised, or rate-limited after too many failures. */
export async function signIn(db: Database, { name, password }: Login, address: string): Promise<{ person: Person; secret: string; expiresAt: Date }> {
  await refuseGuessing(db, name, address)
  const account = await db.account.findUnique({ where: { name } })
  // An unknown name takes as long as a wrong password, and is answered the same.
  const right = await isPassword(password, account?.passwordHash ?? (await unknownHash))
  const by = { name, address }
  if (!account || !right) {
    await db.loginFailure.create({ data: { name, address } })
    await recordAudit(db, by, 'session.refused', name)
    throw new AppError('unauthorised', 'The name or the password is wrong')
  }
  const secret = newSecret('')
  const expiresAt = new Date(Date.now() + SESSION_MS)
  await db.$transaction(async (tx) => {
    await tx.session.deleteMany({ where: { expiresAt: { lt: new Date() } } })
    await tx.session.create({ data: { tokenHash: hashSecret(secret), accountName: account.name, expiresAt } })
    await recordAudit(tx, by, 'session.login', name)
  })
  return { person: { name: account.name, role: Role.parse(account.role) }, secret, expiresAt }
}

const unknownHash = hashPassword('no account has this')

async function refuseGuessing(db: Database, name: string, address: string): Promise<void> {
  const [counts] = await db.$queryRaw<{ by_address: number; by_name: number }[]>`
    SELECT count(*) FILTER (WHERE address = ${address})::int AS by_address, count(*) FILTER (WHERE name = ${name})::int AS by_name
    FROM login_failure WHERE at > now() - make_interval(mins => ${WINDOW_MINUTES}::int)`
  if (counts.by_address < MAX_FAILURES.address && counts.by_name < MAX_FAILURES.name) return
  throw new AppError('rate-limited', `Too many failed logins; try again in ${WINDOW_MINUTES} minutes`)
}

/** Whose session the cookie's secret is; null where it is none or has ended. */
export async function findSession(tx: Tx, secret: string): Promise<Person | null> {
  const session = await tx.session.findUnique({ where: { tokenHash: hashSecret(secret) }, include: { account: true } })
  if (!session || session.expiresAt.getTime() < Date.now()) return null
  return { name: session.account.name, role: Role.parse(session.account.role) }
}

export async function signOut(db: Database, secret: string, by: Actor): Promise<void> {
  const { count } = await db.session.deleteMany({ where: { tokenHash: hashSecret(secret) } })
  if (count) await recordAudit(db, by, 'session.logout', by.name)
}

/** Creates an account or gives it another password or role; its sessions end. */
export async function setAccount(db: Database, { name, role, password }: Person & { password: string }, by: Actor = CONSOLE): Promise<void> {
  if (password.length < 8) throw new AppError('bad-input', `The password of ${name} has ${password.length} characters; give at least 8`)
  const passwordHash = await hashPassword(password)
  await db.$transaction(async (tx) => {
    const existing = await tx.account.findUnique({ where: { name } })
    await tx.account.upsert({ where: { name }, create: { name, role, passwordHash }, update: { role, passwordHash } })
    await tx.session.deleteMany({ where: { accountName: name } })
    await recordAudit(tx, by, existing ? 'account.change' : 'account.create', name, { role })
  })
}

/** True where this password opens the account already: starting twice with the same environment ends no session. */
export async function hasPassword(tx: Tx, { name, role, password }: Person & { password: string }): Promise<boolean> {
  const account = await tx.account.findUnique({ where: { name } })
  return account !== null && account.role === role && (await isPassword(password, account.passwordHash))
}

export async function deleteAccount(db: Database, name: string): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.account.deleteMany({ where: { name } })
    if (!count) throw new AppError('not-found', `There is no account ${name}`)
    await recordAudit(tx, CONSOLE, 'account.delete', name)
  })
}

export async function listAccounts(tx: Tx): Promise<Person[]> {
  return (await tx.account.findMany({ orderBy: { name: 'asc' } })).map(({ name, role }) => ({ name, role: Role.parse(role) }))
}
