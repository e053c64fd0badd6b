// Accounts of people who sign in: made at the first start that is open to other machines, and by `drhard account`. Called by jobs/serve.ts
// and jobs/cli.ts.
import { randomBytes } from 'node:crypto'
import readline from 'node:readline/promises'
import { Role } from '@/contract/access'
import { AppError } from '@/contract/errors'
import { deleteAccount, hasPassword, listAccounts, setAccount } from '@/server/db/accounts'
import { openDatabase } from '@/server/db/client'
import { databaseUrl } from '@/server/db/location'
import { withDatabase } from './with-database'

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/** Turns the login on for the dashboard that is started next, and sees to it that somebody can sign in. */
export async function requireLogin(log: (line: string) => void): Promise<void> {
  process.env.DRHARD_LOGIN = 'required'
  const db = openDatabase(databaseUrl(), 2)
  try {
    for (const { name, role, password } of accountsOfEnvironment()) {
      if (!(await hasPassword(db, { name, role, password }))) await setAccount(db, { name, role, password })
    }
    if ((await listAccounts(db)).some(({ role }) => role === 'editor')) return
    const password = randomBytes(12).toString('base64url')
    await setAccount(db, { name: 'editor', role: 'editor', password })
    log(`the dashboard is open to other machines and nobody could sign in, so an account was made: name editor, password ${password}\n(shown this once; change it with ./drhard account add editor --role editor)`)
  } finally {
    await db.$disconnect()
  }
}

function accountsOfEnvironment(): { name: string; role: Role; password: string }[] {
  const accounts = [
    { name: 'editor', role: 'editor' as const, password: process.env.DRHARD_PASSWORD },
    { name: 'viewer', role: 'viewer' as const, password: process.env.DRHARD_VIEWER_PASSWORD },
  ]
  return accounts.flatMap(({ name, role, password }) => (password ? [{ name, role, password }] : []))
}

/** `drhard account add`. */
export async function addAccount({ name, role }: { name: string; role: string }): Promise<void> {
  const parsed = Role.safeParse(role)
  if (!parsed.success) throw new AppError('bad-input', `--role ${role}: give viewer or editor`)
  const password = process.env.DRHARD_NEW_PASSWORD ?? (await askPassword(name))
  await withDatabase((db) => setAccount(db, { name, role: parsed.data, password }))
  console.log(`${name} can sign in as ${role}`)
}

/** `drhard account remove`. */
export async function removeAccount(name: string): Promise<void> {
  await withDatabase((db) => deleteAccount(db, name))
  console.log(`${name} cannot sign in any more`)
}

/** `drhard account list`. */
export async function printAccounts(): Promise<void> {
  for (const { name, role } of await withDatabase(listAccounts)) console.log(`${name}\t${role}`)
}

async function askPassword(name: string): Promise<string> {
  const input = readline.createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await input.question(`Password of ${name} (shown as you type): `)
  } finally {
    input.close()
  }
}
