// Blots out this process's secrets. Called where jobs stores what steps say.
import { redactor } from '@/server/access/redact'

export const redact = redactor(process.env)
