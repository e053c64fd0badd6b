// Makes ids for rows. Called by server/db.
import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** A new id: 12 characters, 60 random bits, safe in URLs and never starting with a dash. */
export function newId(): string {
  return Array.from(randomBytes(12), (byte) => ALPHABET[byte & 31]).join('')
}
