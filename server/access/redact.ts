// Takes secrets of the environment out of texts before they are stored or shown. Called by jobs/report-buffer.ts.

const SECRET_NAME = /PASSWORD|SECRET|TOKEN|ACCESS_KEY|API_KEY|CREDENTIAL/i
/** Shorter values occur in ordinary texts. */
const MIN_LENGTH = 6

/** A function that blots out the values of secret variables, passwords in addresses, and our own tokens. */
export function redactor(env: Record<string, string | undefined>): (text: string) => string {
  const secrets = Object.entries(env).flatMap(([name, value]) => {
    if (!value) return []
    if (SECRET_NAME.test(name)) return [value]
    const inAddress = /^\w+:\/\/[^:@/\s]*:([^@/\s]+)@/.exec(value)?.[1]
    return inAddress ? [inAddress, decodeURIComponent(inAddress)] : []
  })
  const values = [...new Set(secrets)].filter((value) => value.length >= MIN_LENGTH).sort((a, b) => b.length - a.length)
  return (text) => {
    let clean = text.replace(/(\w+:\/\/[^:@/\s]*:)[^@/\s]+@/g, '$1•••@').replace(/\bdrh_[\w-]{20,}/g, 'drh_•••')
    for (const value of values) clean = clean.replaceAll(value, '•••')
    return clean
  }
}

/** The environment of a step's process: what it needs to run, without what opens the database, the store or the dashboard. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'DATABASE_URL' && !SECRET_NAME.test(name))) as NodeJS.ProcessEnv
}
