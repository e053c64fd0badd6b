// Opens Postgres through Prisma. Called by everything in server/db, by app/api and by jobs.
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { Prisma, PrismaClient } from './generated/client'
import { databaseUrl } from './location'

export type Database = PrismaClient
/** A transaction, or the whole database where a single statement is enough. */
export type Tx = Prisma.TransactionClient

const pools = new WeakMap<Database, pg.Pool>()

/** Opens a database; the caller closes it with `$disconnect()`. */
export function openDatabase(url: string, connections = 10): Database {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => console.error('database:', error.message))
  const db = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }), transactionOptions: { maxWait: 20_000, timeout: 60_000 } })
  pools.set(db, pool)
  return db
}

/** The connections of a database, for pg-boss. */
export function poolOf(db: Database): pg.Pool {
  return pools.get(db)!
}

const holder = globalThis as typeof globalThis & { drhardDatabase?: { url: string; db: Database } }

/** The process's own database, opened at the first call. It lives on globalThis: Next loads modules more than once. */
export function database(): Database {
  const url = databaseUrl()
  if (holder.drhardDatabase?.url !== url) holder.drhardDatabase = { url, db: openDatabase(url) }
  return holder.drhardDatabase.db
}
