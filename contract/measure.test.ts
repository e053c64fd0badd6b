// A measure's canonical name is its identity: parsing and formatting go round, and what is wrong is said.
import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FAMILIES, FamilyName } from './measure-families'
import { FURTHER_MEASURES, MEASURES, measureId, measureRule, parseMeasure, parseMeasures } from './measure'

describe('names', () => {
  it.each(['MRR@10', 'RR', 'RR(rel=2)@10', 'NDCG@10', 'NDCG(gain=exp)@20', 'R(rel=2)@100', 'AP', 'P@10', 'Success@5', 'Judged@10', 'RBP(p=0.8)', 'RBP(p=0.95,rel=2)@20', 'infAP', 'ERR(max=3)@20', 'MRR(rel=0)@10', ...MEASURES, ...FURTHER_MEASURES])('%s comes back', (name) => {
    expect(measureId(parseMeasure(name))).toBe(name)
  })

  it.each([
    ['nDCG@10', 'NDCG@10'],
    ['ndcg_cut_10', 'NDCG@10'],
    ['ndcg', 'NDCG'],
    ['map', 'AP'],
    ['map_cut_100', 'AP@100'],
    ['recip_rank', 'RR'],
    ['P_10', 'P@10'],
    ['recall_1000', 'R@1000'],
    ['success_1', 'Success@1'],
    ['set_P', 'SetP'],
    ['num_rel_ret', 'NumRelRet'],
    ['RBP', 'RBP(p=0.8)'],
    ['R( rel = 2 )@100', 'R(rel=2)@100'],
    ['AP(rel=1)', 'AP'],
    ['RBP(rel=2,p=0.5)', 'RBP(p=0.5,rel=2)'],
  ])('%s is %s', (name, id) => {
    expect(measureId(parseMeasure(name))).toBe(id)
  })

  it('a level holds for names that give none and have one', () => {
    expect(parseMeasures('AP, R(rel=3)@10 nDCG@10', { level: 2 }).map(measureId)).toEqual(['AP(rel=2)', 'R(rel=3)@10', 'NDCG@10'])
  })

  it('lists keep brackets together and drop repetitions', () => {
    expect(parseMeasures('RBP(p=0.5,rel=2),AP,map').map(measureId)).toEqual(['RBP(p=0.5,rel=2)', 'AP'])
  })

  it.each([
    ['XYZ@10', /"XYZ@10": not known; there are MRR, RR, .*P@10/],
    ['P', /needs a cut, such as P@10/],
    ['Rprec@5', /takes no cut/],
    ['P@0', /from 1 to 1000000/],
    ['P_10@5', /two cuts/],
    ['AP(p=0.5)', /no parameter "p", only rel/],
    ['Judged(rel=2)@10', /takes no parameters/],
    ['RBP(p=1.5)', /between 0 and 1/],
    ['AP(rel=x)', /whole number/],
    ['NDCG(gain=log)', /linear or exp/],
  ])('%s is refused', (name, message) => {
    expect(() => parseMeasure(name)).toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  })
})

it('every family has a rule, a formula and a source, and its rule reads as a sentence', () => {
  for (const name of FamilyName.options) {
    const { cut, formula, source } = FAMILIES[name]
    expect(formula && source).toBeTruthy()
    const rule = measureRule(parseMeasure(cut === 'required' ? `${name}@10` : name))
    expect(rule).toMatch(/^[A-Z1].*\.$/)
    expect(rule).not.toMatch(/[{}]|\.\.|undefined|null/)
  }
  expect(measureRule(parseMeasure('R(rel=2)@100'))).toBe('Share of a query’s relevant documents that are within the first 100. Relevant: grade 2 and above. trec_eval recall_k.')
})

it('docs/evaluation.md has every family with its formula and source', () => {
  const docs = fs.readFileSync('docs/evaluation.md', 'utf8')
  for (const name of FamilyName.options) expect(docs).toContain(`| ${FAMILIES[name].formula} | ${FAMILIES[name].source} |`)
})
