// The file commands without a database, as a user runs them: ./drhard eval, convert and fuse.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'run-files-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))
const at = (name: string) => path.join(dir, name)
fs.writeFileSync(at('qrels'), 'q1 0 a 1\nq1 0 b 2\nq2 0 c 1\nq3 0 x 0\n')
fs.writeFileSync(at('one.trec'), 'q1 Q0 a 1 3 one\nq1 Q0 z 2 2 one\nq1 Q0 b 3 1 one\nq9 Q0 a 1 1 one\n')
fs.writeFileSync(at('two.tsv'), 'q1\tb\t1\nq2\ty\t1\nq2\tc\t2\n')

function drhard(...args: string[]): { status: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'jobs/cli.ts', ...args], { encoding: 'utf8', env: { ...process.env, DATABASE_URL: 'postgres://nowhere:1/none' } })
  return { status, out: stdout, error: stderr }
}
const both = ['--qrels', at('qrels'), '--run', at('one.trec'), '--run', at('two.tsv')]

describe('eval', () => {
  it('prints measures and says what it counted', () => {
    const { out, error, status } = drhard('eval', '--qrels', at('qrels'), '--run', at('one.trec'), '--measures', 'RR,nDCG@10,R(rel=2)@2', '--per-query')
    expect(status).toBe(0)
    const ndcg = (1 + 2 / 2) / (2 + 1 / Math.log2(3))
    expect(out.trimEnd().split('\n')).toEqual(['RR\tq1\t1.000000', `NDCG@10\tq1\t${ndcg.toFixed(6)}`, 'R(rel=2)@2\tq1\t0.000000', 'RR\tq2\t0.000000', 'NDCG@10\tq2\t0.000000', 'RR\t0.500000', `NDCG@10\t${(ndcg / 2).toFixed(6)}`, 'R(rel=2)@2\t0.000000'])
    expect(error.trim()).toBe('mean over the 1 to 2 (by measure) queries with a relevant document; not in the run, counted as 0: 1 with a relevant document, the first "q2"; judged without a relevant document, left out: 1, the first "q3"; in the run and not judged, left out: 1, the first "q9"')
  })
  it('compares runs in JSON, CSV and LaTeX with the same numbers', () => {
    const json = JSON.parse(drhard('eval', ...both, '--measures', 'MRR@10', '--stats', '--permutations', '1000', '--json').out)
    expect(json.runs.map((run: { name: string; measures: unknown }) => [run.name, run.measures])).toEqual([['one', { 'MRR@10': { value: 0.5, n: 2 } }], ['two', { 'MRR@10': { value: 0.75, n: 2 } }]])
    expect(json.comparison.comparisons).toMatchObject([{ a: 'one', b: 'two', n: 2, difference: 0.25, wins: 1, ties: 1, losses: 0 }])
    expect(drhard('eval', ...both, '--measures', 'MRR@10', '--csv').out).toBe('run,MRR@10\none,0.5\ntwo,0.75\n')
    expect(drhard('eval', ...both, '--measures', 'MRR@10', '--latex').out).toContain('two & \\textbf{.7500} \\\\')
  })
  it('refuses what it does not know, with exit code 2', () => {
    expect(drhard('eval', ...both, '--measures', 'foo')).toMatchObject({ status: 2, error: expect.stringContaining('Measure "foo": not known') })
    expect(drhard('eval', ...both, '--csv', '--json')).toMatchObject({ status: 2, error: expect.stringContaining('give one of them') })
    expect(drhard('eval', '--qrels', at('qrels'), '--run', at('none'))).toMatchObject({ status: 2, error: expect.stringContaining('does not exist') })
  })
})

describe('convert and fuse', () => {
  it('goes to MS MARCO and back through gzip', () => {
    expect(drhard('convert', '--run', at('one.trec'), '--to', 'msmarco', '--out', at('one.tsv.gz')).status).toBe(0)
    const back = drhard('convert', '--run', at('one.tsv.gz'), '--to', 'trec', '--out', '-', '--tag', 'one')
    expect(back.out).toBe('q1 Q0 a 1 -1 one\nq1 Q0 z 2 -2 one\nq1 Q0 b 3 -3 one\nq9 Q0 a 1 -1 one\n')
    expect(drhard('convert', '--run', at('one.trec'), '--to', 'trec', '--out', '-', '--metadata').out).toMatch(/^# ir_metadata\.start\n# tag: one\n# ir_metadata\.end\nq1 Q0 a 1 3 one\n/)
  })
  it('fuses; scores are needed for all but rrf', () => {
    const { out, error } = drhard('fuse', '--run', at('one.trec'), '--run', at('two.tsv'), '--out', '-')
    expect(out.split('\n').slice(0, 3).map((line) => line.split(' ')[2])).toEqual(['b', 'a', 'z'])
    expect(error).toContain('the runs rank 2, 2 queries, the fusion 3')
    expect(drhard('fuse', '--run', at('one.trec'), '--run', at('two.tsv'), '--method', 'combsum', '--out', '-')).toMatchObject({ status: 2, error: expect.stringContaining('has ranks and no scores') })
  })
})
