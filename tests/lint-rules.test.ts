// The import rules of docs/ARCHITECTURE.md hold because lint refuses what breaks them; this checks that lint does.
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'

const eslint = new ESLint()

async function complaints(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: file })
  return result.messages.map((message) => message.ruleId ?? message.message)
}

describe('lint refuses', () => {
  it.each([
    ['app/page.tsx', "import '@/server/train/train'"],
    ['app/api/health/route.ts', "import '@/server/model/encode'"],
    ['app/api/health/route.ts', "import '@/jobs/step'"],
    ['components/api.ts', "import '@/server/db/client'"],
    ['contract/run.ts', "import '@/server/files/artifact'"],
    ['server/train/train.ts', "import '@/server/db/client'"],
    ['server/search/exact.ts', "import '@/jobs/step'"],
    ['jobs/steps/train.ts', "import '@/server/db/client'"],
    ['jobs/step-child.ts', "import '@/server/db/client'"],
    ['server/db/client.ts', "import '@/server/train/train'"],
  ])('%s: %s', async (file, code) => {
    expect(await complaints(file, code)).toEqual(['no-restricted-imports'])
  })

  it('the environment in library folders', async () => {
    expect(await complaints('server/train/train.ts', 'export const a = process.env.HOME')).toEqual(['no-restricted-syntax'])
  })

  it('official ids where rows are meant', async () => {
    expect(await complaints('server/train/train.ts', 'export const a = (ids: { idOf(row: number): string }) => ids.idOf(1)')).toEqual(['no-restricted-properties'])
  })
})
