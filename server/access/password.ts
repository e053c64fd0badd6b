// Hashes of passwords and secrets. Called by server/db/accounts.ts and tokens.ts.
import { createHash, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

/** scrypt at OWASP's recommendation of 2025 for interactive logins: 64 MB, about 0.2 s. */
const COST = { N: 2 ** 16, r: 8, p: 1, maxmem: 96 * 1024 * 1024 } satisfies ScryptOptions

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  return `scrypt:${salt.toString('base64url')}:${(await derive(password, salt)).toString('base64url')}`
}

/** Compares in constant time. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [kind, salt, expected] = hash.split(':')
  if (kind !== 'scrypt') return false
  const found = await derive(password, Buffer.from(salt, 'base64url'))
  const wanted = Buffer.from(expected, 'base64url')
  return found.length === wanted.length && timingSafeEqual(found, wanted)
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => scrypt(password.normalize('NFKC'), salt, 32, COST, (error, key) => (error ? reject(error) : resolve(key))))
}

/** A secret of 256 random bits; `prefix` tells a person and a leak scanner what it is. */
export function newSecret(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

/** What is stored of a secret: random enough that a plain hash is as good as a slow one. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
