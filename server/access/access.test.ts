import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { hashPassword, isPassword } from './password'
import { redactor, withoutSecrets } from './redact'
import { insideRoots } from './roots'

describe('passwords', () => {
  it('are hashed with a salt of their own', async () => {
    const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
    expect(one).not.toBe(two)
    expect(await isPassword('correct horse', one)).toBe(true)
    expect(await isPassword('correct horsE', one)).toBe(false)
    expect(await isPassword('x', 'md5:whatever:x')).toBe(false)
  })
})

describe('secrets', () => {
  const redact = redactor({ DATABASE_URL: 'postgresql://drhard:s3cret%2Fword@db:5432/drhard', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI', HOME: '/home/kim', SHORT_TOKEN: 'abc' })
  it.each([
    ['cannot connect to postgresql://drhard:s3cret%2Fword@db:5432/drhard', 'cannot connect to postgresql://drhard:•••@db:5432/drhard'],
    ['password authentication failed with s3cret/word', 'password authentication failed with •••'],
    ['signed with wJalrXUtnFEMI', 'signed with •••'],
    ['sent drh_abcdefghijklmnopqrstuvwxyz0123456789', 'sent drh_•••'],
    ['reads /home/kim/abc', 'reads /home/kim/abc'],
    ['s3 https://user:pass@host/x', 's3 https://user:•••@host/x'],
  ])('%s', (text, clean) => expect(redact(text)).toBe(clean))

  it('are not handed to a step’s process', () => {
    expect(withoutSecrets({ DATABASE_URL: 'x', DRHARD_PASSWORD: 'x', AWS_SECRET_ACCESS_KEY: 'x', PATH: '/bin' } as unknown as NodeJS.ProcessEnv)).toEqual({ PATH: '/bin' })
  })
})

describe('roots', () => {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-roots-')))
  fs.mkdirSync(path.join(root, 'open', 'data'), { recursive: true })
  fs.mkdirSync(path.join(root, 'opened-not'))
  fs.symlinkSync('/etc', path.join(root, 'open', 'link'))
  const roots = [path.join(root, 'open')]
  it.each(['open', 'open/data', 'open/data/none', 'open/x/../data'])('lets %s through', (given) => expect(insideRoots(path.join(root, given), roots)).toContain(path.join(root, 'open')))
  it.each(['.', 'opened-not', 'open/../opened-not', 'open/link', 'open/link/passwd', 'open/link/none'])('refuses %s', (given) => expect(() => insideRoots(path.join(root, given), roots)).toThrow(/outside of the folders/))
})
